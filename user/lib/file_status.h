/*
 * The words of an IO_STATUS or FS_STATUS answer as a struct file_status: for transfer.c and names.c.
 */
#pragma once
#include "user/lib/file.h"

void file_status_unpack(struct file_status *status, const uint64_t words[IO_STATUS_WORDS]);
