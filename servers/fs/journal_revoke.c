/* Blocks in the log; journal_revoke.h says what becomes of them. */
#include "journal_revoke.h"
#include "servers/proto/error.h"
#include <stdlib.h>
#include <string.h>

struct logged {
    uint32_t block; /* 0: this place is unused; block 0 is never freed */
    bool is_forgotten;
};

static struct {
    struct logged *table; /* open addressing; mask + 1 places, at least twice as many as blocks in the log */
    uint32_t mask;
    uint32_t *forgotten; /* `count` blocks; those from `settled` on belong to the operation under way */
    uint32_t count, settled;
} revoke;

int revoke_start(uint32_t most)
{
    uint32_t places = 1;
    while (places < 2 * most)
        places *= 2;
    free(revoke.table);
    free(revoke.forgotten);
    revoke.table = malloc(places * sizeof(*revoke.table));
    revoke.forgotten = malloc(most * sizeof(*revoke.forgotten));
    revoke.mask = places - 1;
    if (revoke.table == NULL || revoke.forgotten == NULL)
        return ERROR_NO_MEMORY;
    revoke_clear();
    return OK;
}

void revoke_clear(void)
{
    memset(revoke.table, 0, (revoke.mask + 1ul) * sizeof(*revoke.table));
    revoke.count = revoke.settled = 0;
}

/* The block's place in the table, or the unused one where it would be. */
static struct logged *find(uint32_t block)
{
    uint32_t place = block * 2654435761u >> 7 & revoke.mask;
    while (revoke.table[place].block != 0 && revoke.table[place].block != block)
        place = (place + 1) & revoke.mask;
    return &revoke.table[place];
}

void revoke_logged(uint32_t block)
{
    *find(block) = (struct logged){block, false};
}

void revoke_forget(uint32_t block)
{
    struct logged *logged = find(block);
    if (logged->block != block || logged->is_forgotten)
        return;
    logged->is_forgotten = true;
    revoke.forgotten[revoke.count++] = block;
}

void revoke_settle(bool is_kept)
{
    while (!is_kept && revoke.count > revoke.settled)
        find(revoke.forgotten[--revoke.count])->is_forgotten = false;
    revoke.settled = revoke.count;
}

uint32_t revoke_count(void)
{
    return revoke.settled;
}

uint32_t revoke_block(uint32_t index)
{
    return revoke.forgotten[index];
}

void revoke_committed(void)
{
    revoke.count = revoke.settled = 0;
}
