/*
 * The journal's blocks: where they are, its superblock, and putting transactions into the log (journal_format.h).
 */
#pragma once
#include "inode.h"
#include "journal.h"
#include "journal_format.h"

#define LOG_LARGEST 8192u /* blocks of a larger journal that this server uses */

struct log {
    struct buffer *buffer;            /* pinned while mounted, holds */
    struct journal_superblock *super; /* this */
    struct inode inode;               /* of the journal, pinned too */
    uint32_t length, first;           /* blocks of the journal; where the log begins in it */
};

extern struct log journal_log;

/* Finds the journal's blocks and checks its superblock. As journal_open() */
int log_open(void);

/* Where a block of the journal is on the disk. ERROR_DAMAGED, ERROR_IO */
int log_block(uint32_t position, uint32_t *block);

/* Writes the journal's superblock: the log begins at `start` (0: is empty) with transaction `sequence`. ERROR_IO */
int log_mark(uint32_t start, uint32_t sequence);

/* How many blocks of the log the largest transaction of `limit` buffers takes. */
uint32_t log_needed(unsigned limit);

/*
 * Writes all running buffers and the revoke records at *position of the log, and moves it behind them. The commit block
 * is missing yet. ERROR_IO, ERROR_NO_MEMORY
 */
int log_write(uint32_t sequence, uint32_t *position);
int log_write_commit(uint32_t sequence, uint32_t position);

/*
 * Puts the images of all transactions that count into the cache, and says where the next transaction begins, and its
 * number. ERROR_NOT_SUPPORTED: this log is not one of ours. ERROR_DAMAGED, ERROR_IO, ERROR_NO_MEMORY
 */
int log_resume(uint32_t *sequence, uint32_t *position);
