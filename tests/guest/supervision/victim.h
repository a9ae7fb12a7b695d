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
};
