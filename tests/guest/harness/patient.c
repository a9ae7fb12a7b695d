#include "tests/guest/harness/patient.h"

handle_t patient;
struct message fault;
handle_t patient_faults;

__attribute__((naked)) void stop(void)
{
    __asm__("ud2");
}

static void begin(void *unused)
{
    (void)unused;
    stop();
}

void hear(void)
{
    fault = received(patient_faults);
    EQUAL(fault.label, LABEL_FAULT);
    EQUAL(fault.badge, PATIENT_BADGE);
}

void patient_start_with(void (*run)(void *argument), void *argument)
{
    patient_faults = new_endpoint();
    patient = clone(run, argument,
                    &(struct clone_options){.fault = minted(patient_faults, RIGHTS_ALL, PATIENT_BADGE),
                                            .affinity = 1ul << board->thread_cpu});
    CHECK(patient != 0);
    hear();
}

void patient_start(void)
{
    patient_start_with(begin, 0);
}

void resume(void)
{
    struct message m = {.token = fault.token, .word_count = 1, .words = {FAULT_RESUME}};
    EQUAL(ipc_reply(&m), OK);
}

void go_on(void *function, uint64_t argument)
{
    FAULT_REGISTERS.rip = (uint64_t)function;
    FAULT_REGISTERS.rdi = argument;
    resume();
    hear();
}
