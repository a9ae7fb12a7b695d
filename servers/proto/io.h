/*
 * Streams and files: the operations that every readable or writable handle understands (a file of fs or archive, the
 * console, the job channel; later pipes). Whoever holds the capability may do what its badge allows.
 *
 * Position is the client's business: `offset` is in every request, so that the server remembers nothing and a
 * restarted one goes on. Streams ignore it. When the server dies over a request, the client makes it again. What is
 * marked "once" carries a sequence number in word 7, counted by the client thread from 1 and the same in each
 * repetition, so that the successor can tell what was done; the others are idempotent.
 *
 * Errors are in the reply's label (error.h).
 */
#pragma once

enum io_operation {
    /* once on streams. words: offset, length, [7] sequence; lease 0 (write): where to. Answer: count; 0 = end */
    IO_READ = 0x100,
    /* once. words: offset or IO_APPEND, length, [7] sequence; lease 0 (read): the bytes. Answer: count (a server may
     * take fewer than were offered), offset after */
    IO_WRITE = 0x101,
    /* Answer: the words of enum io_status */
    IO_STATUS = 0x102,
    /* durable on return */
    IO_SYNC = 0x103,
    /* once. words: new length, [7] sequence */
    IO_TRUNCATE = 0x104,
};

#define IO_APPEND (~0ul)

enum io_status {
    IO_STATUS_SIZE = 0, /* bytes */
    IO_STATUS_MODE = 1, /* permission bits | enum io_kind << 12, as in an inode's i_mode */
    IO_STATUS_INODE = 2,
    IO_STATUS_LINKS = 3,
    IO_STATUS_MODIFIED = 4, /* seconds since 1970, UTC */
    IO_STATUS_BLOCKS = 5,   /* 512-byte blocks in use */
    IO_STATUS_OWNER = 6,    /* user | group << 32 */
    IO_STATUS_WORDS = 7,
};

/* As in the top four bits of an ext2 i_mode. */
enum io_kind {
    KIND_PIPE = 1,
    KIND_CHARACTER = 2,
    KIND_DIRECTORY = 4,
    KIND_BLOCK = 6,
    KIND_FILE = 8,
    KIND_LINK = 10,
    KIND_SOCKET = 12
};
