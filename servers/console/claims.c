#include "servers/console/claims.h"

static bool is_of(const struct claim *claim, enum claim_kind kind, uint64_t sender, uint64_t sequence)
{
    return claim->kind == kind && claim->sender == sender && claim->sequence == sequence;
}

static unsigned count(const struct claims_aside *aside)
{
    return aside->filled < CLAIMS_ASIDE ? (unsigned)aside->filled : CLAIMS_ASIDE;
}

bool claim_is_sound(const struct claim *claim, enum claim_kind kind)
{
    return (claim->kind == kind || claim->kind == CLAIM_NONE) && claim->done <= claim->length;
}

void claims_put_aside(struct claims_aside *aside, const struct claim *claim)
{
    if (claim->sequence == 0) /* none, or of a client that does not ask for more */
        return;
    for (unsigned i = 0; i < count(aside); i++) {
        struct claim *former = &aside->list[i];
        if (former->sender != claim->sender)
            continue;
        if (former->sequence <= claim->sequence)
            *former = *claim;
        return;
    }
    aside->list[aside->filled++ % CLAIMS_ASIDE] = *claim;
}

const struct claim *claims_find(const struct claim *last, const struct claims_aside *aside, enum claim_kind kind,
                                uint64_t sender, uint64_t sequence)
{
    if (sequence == 0)
        return 0;
    if (is_of(last, kind, sender, sequence))
        return last;
    for (unsigned i = 0; i < count(aside); i++)
        if (is_of(&aside->list[i], kind, sender, sequence))
            return &aside->list[i];
    return 0;
}
