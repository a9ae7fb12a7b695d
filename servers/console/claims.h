/*
 * Who is served exactly once: the last request of each kind that left a trace in kept memory, and how far it came.
 *
 * A client that gets E_SERVER_DIED makes its request once more, with the same sequence number. If it is a claim, it is
 * answered, or gone on with, and not done twice. A claim is answered before the next one takes its place; so when a
 * server dies, the last claim of each kind may be one whose answer did not arrive, and no other. But before its client
 * comes again others may be served, and their claims take the place, or their server dies, too. So a successor puts
 * these claims aside, before it serves anybody. There they stay for the client that comes again: a client waits for one
 * answer at a time, so its next claim takes the place of its former one. The numbers of processes and threads are never
 * used again. Pure.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define CLAIMS_ASIDE 64 /* clients whose answers were lost and who did not come again yet, at most */

enum claim_kind { CLAIM_NONE, CLAIM_TERMINAL_WRITE, CLAIM_JOB_WRITE, CLAIM_JOB_END, CLAIM_READ };

/* All zeros: none. */
struct claim {
    uint64_t kind;             /* enum claim_kind */
    uint64_t sender, sequence; /* process and thread, as the kernel says; number of the request, from 1 */
    uint64_t done, length;     /* bytes of it that were taken or given, of how many */
    uint64_t from;             /* READ: where they begin, as of ring.put */
};

struct claims_aside {
    struct claim list[CLAIMS_ASIDE];
    uint64_t filled; /* places, since the start; each time around the list anew */
};

/* Can there be such a claim? */
bool claim_is_sound(const struct claim *claim, enum claim_kind kind);

/* Takes the place of a claim of the same client, else of the one that was put aside first. Again: no difference. */
void claims_put_aside(struct claims_aside *aside, const struct claim *claim);

/* What is known of a request of `kind`: the last claim of this kind, if it is that, or one put aside; 0 if nothing. */
const struct claim *claims_find(const struct claim *last, const struct claims_aside *aside, enum claim_kind kind,
                                uint64_t sender, uint64_t sequence);
