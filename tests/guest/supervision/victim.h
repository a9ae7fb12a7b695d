/*
 * What the victims of the test of supervision can be asked to do to themselves.
 */
#pragma once

enum victim_operation {
    /* Answer: words: generation, the kept word */
    VICTIM_LOOK = 1,
    /* words: what to keep */
    VICTIM_KEEP = 2,
    /* writes to the address in word 0, three functions deep */
    VICTIM_WRITE = 3,
    /* word 0: exit status */
    VICTIM_EXIT = 4,
    /* never comes back */
    VICTIM_LOOP = 5,
    /* word 0: nanoseconds of work, with a sign of life now and then */
    VICTIM_WORK = 6,
    /* word 0: nanoseconds of waiting, without one */
    VICTIM_WAIT = 7,
    /* crashes with word 0 in rbp, where the chain of callers begins */
    VICTIM_DAMAGE = 8,
    /* Answer: words: the address of victim_add() */
    VICTIM_WHERE = 9,
    /* Answer: words: what victim_add() makes of word 0 and VICTIM_NUMBER */
    VICTIM_ADD = 10,
    /* is never answered: the victim takes the next message instead */
    VICTIM_FORGET = 11,
};

/* The function into which faults are injected: mov (%rsi), %rax; add %rdi, %rax; ret. Three bytes each, but the last.
 */
#define VICTIM_NUMBER 1000
