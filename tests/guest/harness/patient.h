/*
 * Patients: clones that fault, and whose faults the story hears of. It answers with new registers, and hears of the
 * next.
 */
#pragma once
#include "tests/guest/harness/story.h"

enum exception {
    DIVIDE = 0,
    DEBUG = 1,
    BREAKPOINT = 3,
    OVERFLOW = 4,
    INVALID = 6,
    STACK = 12,
    PROTECTION = 13,
    PAGE = 14,
};
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4, ERROR_FETCH = 16 };

#define PATIENT_BADGE 0xb0b

extern handle_t patient;
extern handle_t patient_faults; /* the endpoint where the story hears */
extern struct message fault;    /* the last one heard */
/* The faulting thread's registers, as they came and as they go back. */
#define FAULT_REGISTERS (message_page()->registers)

/* A function that is one instruction, or a few, with no other code around them; behind it an invalid one. */
#define INSTRUCTION(name, text)                                                                                        \
    __attribute__((naked)) static void name(void)                                                                      \
    {                                                                                                                  \
        __asm__(text "\n\tud2");                                                                                       \
    }

/* Only the invalid instruction. */
void stop(void);
/* A patient that stops at once. */
void patient_start(void);
/* One that begins with run(argument), and its first fault. */
void patient_start_with(void (*run)(void *argument), void *argument);
/* Waits for the next fault. */
void hear(void);
/* Answers with the registers in the message page. */
void resume(void);
/* Lets the patient go on at `function` with rdi = argument; hears of the next fault. */
void go_on(void *function, uint64_t argument);
