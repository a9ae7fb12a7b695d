/*
 * The journal: metadata reaches the log before it reaches its place, so that a crash leaves each operation done or not
 * begun.
 *
 * Everything that operations changed since the last commit is the running transaction: its buffers stay in memory. A
 * commit makes it durable:
 *
 *   1. contents of files go to their places: whatever metadata is about to say exists must be there
 *   2. images of the changed blocks, and revoke records, go to the log
 *   3. flush                          1 and 2 are durable
 *   4. the commit block, flush        from here on the transaction counts
 *
 * Then the buffers may go to their places, at any time, but only if no newer transaction has changed them again. When
 * the log has no room left for another transaction, all of them go there (checkpoint), and the log begins anew; what it
 * held may be overwritten only after a flush of those places, and another of the journal's superblock.
 *
 *   resting --first change: disk says "needs recovery"--> active --commit, checkpoint ...--> active
 *      ^------- sync: commit, checkpoint, log empty, disk says "clean" ----------------------'
 *
 * Three rules keep contents apart from old metadata, as contents never go through the log:
 *   - A block freed in the running transaction is not given out before the commit (alloc.c): the crash that undoes the
 *     freeing would find new contents in it.
 *   - A freed block with an image in the log gets a revoke record, so that recovery does not copy the image over what
 *     the block holds by then; and its buffer is not written any more.
 *   - Nothing in the log is overwritten before the checkpoint.
 *
 * A disk error before step 4 is harmless: the next commit writes all of it again. In step 4 nobody knows whether the
 * commit block has arrived: then nothing may change until it can be written again.
 *
 * A file system without a journal is served too: then all this does nothing, and a crash needs e2fsck.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define TRANSACTION_LARGEST 512u /* buffers, however large the journal and the cache */

/*
 * At mount, for a file system that has a journal: finds and checks it. ERROR_NOT_SUPPORTED, ERROR_DAMAGED: reported,
 * and nothing may be written. ERROR_IO, ERROR_NO_MEMORY
 */
int journal_open(void);

/* Whether the log holds transactions that are not in their places. */
bool journal_needs_replay(void);

/* Brings them there. Afterwards the cache is out of date: to mount begins anew. ERROR_DAMAGED, ERROR_NO_MEMORY,
 * ERROR_IO
 */
int journal_replay(void);

/*
 * For the successor of a server that died, which left the log: goes on with it, and with the cache as if nothing had
 * happened since the last commit. ERROR_NOT_SUPPORTED: it must be replayed. ERROR_DAMAGED, ERROR_NO_MEMORY, ERROR_IO
 */
int journal_resume(void);

bool journal_is_on(void);

/* Whether the disk says that it needs recovery. */
bool journal_is_active(void);

/* At mount, with an empty log: takes that mark away if it was left, by somebody who died in the middle of a rest. */
int journal_clear_mark(void);

/* How many buffers a transaction may have at most. */
unsigned journal_limit(void);

/* Before a change is opened: the transaction has room for it. ERROR_IO */
int journal_begin(void);

/* The operation frees this block. */
void journal_forget(uint32_t block);

/* The change has ended: what it freed is free, or it is not. */
void journal_settle(bool is_kept);

/* Makes everything durable. ERROR_IO */
int journal_commit(void);

/* The same, and leaves the disk so that nobody needs the journal to read it. ERROR_IO */
int journal_rest(void);
