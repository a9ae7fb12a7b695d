/*
 * Symbolic links: the path that one holds. Up to 59 bytes lie in the inode itself, where other files have their block
 * numbers; a longer target has a block of its own, and must leave one byte of it free.
 */
#pragma once
#include "directory.h"
#include "inode.h"

/* Copies the target of a link, up to `size` bytes. ERROR_NAME_TOO_LONG (nothing copied), ERROR_DAMAGED, ERROR_IO */
int link_read(struct inode *inode, char *target, size_t size);

/* Gives a new, empty link its target. ERROR_NAME_TOO_LONG, ERROR_MALFORMED (empty), ERROR_NO_SPACE, ERROR_IO, ... */
int link_write(struct inode *inode, struct name target);
