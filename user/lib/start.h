/*
 * Between the entry code (start.c), thread_start() and the program: nothing here is for programs to call.
 */
#pragma once

/* Lies at the end of a new thread's stack. */
struct thread_start {
    void (*run)(void *argument);
    void *argument;
};

/* Where the first thread and every further one begin; naked code, never called from C. */
void _start(void);
void thread_entry(void);

/* Where _start goes on: `block` is a struct startup or a struct bootinfo. */
_Noreturn void start_process(const void *block);

/* Where thread_entry goes on. */
_Noreturn void start_thread(struct thread_start *start);

/* The program. init is called with 0 and a null pointer. */
int main(int argument_count, char *arguments[]);
