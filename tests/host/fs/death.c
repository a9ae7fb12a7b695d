/* Death at every step; death.h says how. Stores are found by protecting the memory and stepping over each one. */
#define _GNU_SOURCE
#include "death.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRAP_FLAG 0x100 /* of the flags register: a trap behind the next instruction */
#define LIFE      60    /* seconds of a successor */

static struct {
    unsigned levels; /* of servers that are still to die */
    unsigned long step;
    unsigned long only;  /* 0, or the one step at which this server dies */
    unsigned long first; /* step of the first death */
    void *memory;
    size_t bytes;
    void (*succeed)(unsigned long step);
} death;

/* Watches the memory, or lets it be written. */
static void protect(int protection)
{
    if (death.memory != NULL && mprotect(death.memory, death.bytes, protection) != 0)
        _exit(3);
}

/* The child: one generation on. */
static void die(void)
{
    alarm(LIFE);
    if (death.first == 0)
        death.first = death.step;
    death.only = 1 + death.step * 7919 % 61;
    death.levels--;
    death.step = 0;
    protect(death.levels > 0 ? PROT_READ : PROT_READ | PROT_WRITE);
    death.succeed(death.first);
    fflush(stdout);
    _exit(0);
}

void death_step(void)
{
    int status = 0;
    if (death.levels == 0)
        return;
    death.step++;
    if (death.only != 0 && death.step != death.only)
        return;
    fflush(stdout);
    if (death.only != 0)
        die(); /* no need for the one that lives on */
    pid_t child = fork();
    if (child == 0)
        die();
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        _exit(4);
}

static void let_one_store(int signal, siginfo_t *info, void *context)
{
    ucontext_t *machine = context;
    (void)signal;
    if ((size_t)((char *)info->si_addr - (char *)death.memory) >= death.bytes)
        abort();
    death_step();
    protect(PROT_READ | PROT_WRITE);
    machine->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void watch_again(int signal, siginfo_t *info, void *context)
{
    ucontext_t *machine = context;
    (void)signal;
    (void)info;
    machine->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    protect(death.levels > 0 ? PROT_READ : PROT_READ | PROT_WRITE);
}

void death_start(unsigned levels, void *memory, size_t bytes, void (*succeed)(unsigned long step))
{
    struct sigaction store = {.sa_sigaction = let_one_store, .sa_flags = SA_SIGINFO | SA_NODEFER};
    struct sigaction trap = {.sa_sigaction = watch_again, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (levels == 0)
        return;
    death.levels = levels;
    death.memory = memory;
    death.bytes = bytes;
    death.succeed = succeed;
    sigaction(SIGSEGV, &store, NULL);
    sigaction(SIGTRAP, &trap, NULL);
    protect(PROT_READ);
}
