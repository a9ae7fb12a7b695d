/*
 * Data in bulk, from a client to a server in another process, and an answer: what a round trip costs on all CPUs
 * together, by the three ways there are. The server reads the first word of the data, and the answer proves it.
 */
#pragma once
#include <stdint.h>

#define BULK_PAGES 512u /* the most that one message carries, copied or moved */

enum bulk {
    BULK_COPY,  /* the client lends its memory, the server copies it into its own by one lease_read */
    BULK_MOVE,  /* whole pages go with the call and come back with the answer: two page moves */
    BULK_SHARE, /* both have the same memory mapped: only the message goes */
};

/* Starts the server; ends it. One at a time. */
void bulk_start(enum bulk how);
void bulk_stop(void);

/* A round trip with so many bytes, at most BULK_PAGES pages. */
uint64_t bulk_cost(uint64_t bytes);

/* The curve: by size, with all CPUs but the first running the sender's process. */
void bench_bulk(void);
