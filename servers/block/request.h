/*
 * Requests: what a client's call asks for, from the checked message to the answer.
 *
 * A request is a list of pieces, each its own range of sectors. Pieces whose sectors follow each other travel in one
 * transfer. The client's token is kept until all transfers of the request are finished. Requests are started in the
 * order they came and may finish in any order; there is room for REQUESTS, and a caller that finds none waits in
 * request_make_room().
 *
 *     free --request_add--> waiting --last transfer started--> under way --last transfer finished--> answered, free
 *
 * A request that failed starts no more transfers, and is answered when those under way are finished.
 */
#pragma once
#include "servers/block/transfer.h"
#include "servers/proto/block.h"

#define REQUESTS 32u

struct request_piece {
    uint64_t sector, physical;
    uint32_t length; /* bytes */
    uint64_t seal;   /* of what the client asked for; of a piece that goes through the bounce buffer: of that */
};

struct request {
    uint64_t token; /* 0: this place is free */
    enum transfer_kind kind;
    bool bounced; /* its data goes through the bounce buffer, to or from lease 0 */
    unsigned count;
    struct request_piece pieces[BLOCK_PIECES];

    /* filled in by request.c */
    unsigned started;   /* pieces handed to the device; of a flush: 1 when it was */
    unsigned under_way; /* transfers */
    int status;         /* the answer so far */
    uint64_t number;    /* counts up: the order */
};

/* How many have not been answered? */
unsigned request_count(void);

/* Is there a place for another request? */
bool request_has_room(void);

/* Takes a checked request over; token not 0. Needs request_has_room(). */
void request_add(const struct request *request);

/* Starts what the device has room for. */
void request_start(void);

/* Takes finished transfers back and answers requests that are done. False: the device contradicts itself. */
bool request_collect(void);

/* Answers every request, started or not, with this error; the device must have been reset. */
void request_fail_all(int status);
