/*
 * A change: all that one operation modifies. It is kept whole or undone, never half done.
 *
 * A block of metadata is copied before the operation modifies it for the first time; if the operation fails, whatever
 * the reason, the copies go back and nothing has happened. So operations need not clean up behind themselves. Contents
 * of files are not copied: those of a write that failed are undefined where it was to write.
 *
 *     filesystem_change()      opens the change, where the operation is about to modify something
 *     cache_modify(buffer)     copies the block, the first time
 *     filesystem_end(status)   keeps the change if the operation succeeded, else undoes it; no buffer is pinned now
 *
 * At its end a change is checked as a whole, by other code than made it; only then it is acknowledged.
 *
 * How much one change may modify is limited, as a transaction of the journal must hold it. Operations of unbounded size
 * (write, truncate) ask change_has_room() before each step, and stop where they are consistent.
 */
#pragma once
#include "cache.h"

#define CHANGE_BLOCKS  128u /* in one change at most, whatever the cache and the journal could hold */
#define CHANGE_LEAST   48u  /* what an operation of bounded size can need */
#define CHANGE_RESERVE 20u  /* what one step of the others can need */

/* At mount: changes of `limit` blocks at most, CHANGE_LEAST..CHANGE_BLOCKS. ERROR_NO_MEMORY */
int change_start(unsigned limit, uint32_t block_size);
unsigned change_limit(void);

void change_open(void);
bool change_is_open(void);

/* For cache.c: this buffer is about to be modified; or its block was freed. */
void change_save(struct buffer *buffer);
void change_free(struct buffer *buffer);

/* What the buffer held before the change; if that was not kept, what it holds. */
const uint8_t *change_before(const struct buffer *buffer);

/* Whether another step may begin. */
bool change_has_room(void);

/* Seals all that was modified, and then: whether it adds up (balance.h). ERROR_DAMAGED, ERROR_IO */
int change_check(void);

/* Enters all that was modified, but for contents of files, into the ledger. */
void change_record(void);

/* The end: what was modified is to stay (in the journal's running transaction, if `journaled`); or to be as before. */
void change_keep(bool journaled);
void change_undo(void);
