/*
 * The contents of a file: bytes between the block cache and whoever asks.
 *
 * No byte is copied on the way: the transfer gets the address of the bytes in the cache, as long a run as lies side by
 * side there. A request is done whole, or up to the end of the file or of the disk's space.
 */
#pragma once
#include "inode.h"

/*
 * Moves `length` bytes between `bytes` in the cache and place `offset` of the other side's buffer; in which direction
 * is its own business. Returns OK or the error that ends the request.
 */
struct transfer {
    int (*move)(void *context, uint64_t offset, void *bytes, uint64_t length);
    void *context;
};

/*
 * Pins the buffer of the file's block `index`, NULL for a hole. `wanted`: so many bytes from there on will be asked
 * for next; more are read ahead if the file is being read in order. ERROR_DAMAGED, ERROR_IO
 */
int file_block(struct inode *inode, uint64_t index, uint64_t wanted, struct buffer **buffer);

/* *done: bytes moved, fewer than `length` only at the end of the file, or on an error. ERROR_DAMAGED, ERROR_IO */
int file_read(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer, uint64_t *done);

/*
 * *done: bytes moved, fewer than `length` if the change, the disk, or the largest possible file is full; that is for
 * the caller to find out by going on. ERROR_NO_SPACE and ERROR_TOO_BIG if none at all could be moved. ERROR_READ_ONLY,
 * ERROR_DAMAGED, ERROR_IO. If the transfer fails, its error; what the file had where it was to write is then undefined.
 */
int file_write(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer, uint64_t *done);

/* Cuts the file, or lets it grow by a hole. A large file may be cut in several changes. ERROR_TOO_BIG, ERROR_READ_ONLY,
 * ERROR_DAMAGED, ERROR_IO */
int file_truncate(struct inode *inode, uint64_t length);

/*
 * Before an operation takes away the name of this file, and before it has opened its change: if that is the last name
 * and a single change could not free all blocks, cuts the file. Only huge ones: they are then not removed at once.
 * ERROR_READ_ONLY, ERROR_DAMAGED, ERROR_IO
 */
int file_prepare_removal(struct inode *inode);
