/*
 * The last look at a transaction before it counts: the log must hold what recovery is to find there.
 *
 * A commit lets go of older copies: the ledger forgets what the transaction holds. So what was put into the log is read
 * again, as recovery would read it, by other code than wrote it, and compared with the buffers that run; and of every
 * block that is sent it is noted what went where. What does not agree ends the server, before the commit block.
 *
 *     confirm_start(position)        then each block is sent through confirm_block()
 *     confirm_transaction(...)       all but the commit block is there
 *     confirm_start(position)        the commit block is sent
 *     confirm_commit(...)
 */
#pragma once
#include <stdint.h>

/* Blocks will be sent to the log from this position on, one behind the other. */
void confirm_start(uint32_t position);

/* struct batch's check: this is the block of the log that is next, and the bytes are those of a buffer. */
void confirm_block(uint32_t block, const uint8_t *data);

/* From `start` to `end` lies what the transaction is to hold, and nothing else. ERROR_IO, ERROR_NO_MEMORY */
int confirm_transaction(uint32_t sequence, uint32_t start, uint32_t end);

/* At `position` lies its commit block, and it was sent. ERROR_IO, ERROR_NO_MEMORY */
int confirm_commit(uint32_t sequence, uint32_t position);
