/*
 * Death at every step: a server that lives on, and at each of its steps a copy of the machine in which it has just
 * died.
 *
 * A step is a disk request, about to begin, half done, or done; a store into the ledger's memory, about to be made, or
 * its records about to be unlocked or locked; or an answer about to be given. At each step the process forks. The child
 * has the disk and the ledger as they are just then; it runs `succeed`, in which a successor begins its life, and ends.
 * The parent waits for it, and lives on. With more than one level the successors die as well, each at one of its steps;
 * `step` is then that of the first death.
 */
#pragma once
#include <stddef.h>

/* From here on steps count, in `levels` generations. Stores into `memory` (or NULL) are watched. 0: nobody dies. */
void death_start(unsigned levels, void *memory, size_t bytes, void (*succeed)(unsigned long step));

void death_step(void);
