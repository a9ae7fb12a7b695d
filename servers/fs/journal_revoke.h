/*
 * Which blocks have images in the log, and which of them were freed since: those get revoke records.
 *
 *   unknown --revoke_logged--> in the log --revoke_forget--> freed --revoke_committed--> revoked
 *                                  ^------revoke_settle(false)--'         (revoke_logged leads back from there)
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Room for `most` blocks. ERROR_NO_MEMORY */
int revoke_start(uint32_t most);

/* The log is empty. */
void revoke_clear(void);

/* A committed transaction holds the block's image. */
void revoke_logged(uint32_t block);

/* The operation under way frees the block; and it was kept, or undone. */
void revoke_forget(uint32_t block);
void revoke_settle(bool is_kept);

/* The blocks that the running transaction revokes. */
uint32_t revoke_count(void);
uint32_t revoke_block(uint32_t index);

/* It was committed. */
void revoke_committed(void);
