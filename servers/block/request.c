#include "servers/block/request.h"
#include "servers/proto/error.h"
#include "user/lib/answer.h"

#define NOBODY REQUESTS

static struct request requests[REQUESTS];
static uint64_t last_number;
static unsigned bounce_user = NOBODY; /* who has the bounce buffer */

unsigned request_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < REQUESTS; i++)
        count += requests[i].token != 0;
    return count;
}

bool request_has_room(void)
{
    return request_count() < REQUESTS;
}

void request_add(const struct request *request)
{
    unsigned index = 0;
    while (requests[index].token != 0)
        index++;
    requests[index] = *request;
    requests[index].started = requests[index].under_way = 0;
    requests[index].status = OK;
    requests[index].number = ++last_number;
}

/* Steps that the device must be asked for: pieces, or the one of a flush. */
static unsigned steps(const struct request *request)
{
    return request->kind == TRANSFER_FLUSH ? 1 : request->count;
}

static bool is_waiting(const struct request *request)
{
    return request->token != 0 && request->status == OK && request->started < steps(request);
}

/* The oldest request with transfers still to be started, 0 if there is none. */
static struct request *oldest_waiting(void)
{
    struct request *oldest = 0;
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (is_waiting(&requests[i]) && (!oldest || requests[i].number < oldest->number))
            oldest = &requests[i];
    }
    return oldest;
}

static void answer(struct request *request)
{
    struct message m = message((uint32_t)request->status);
    m.token = request->token;
    answer_later(&m);
    if (bounce_user == (unsigned)(request - requests))
        bounce_user = NOBODY;
    request->token = 0;
}

/* Gives the client what a read brought into the bounce buffer. */
static int deliver_bounce(const struct request *request)
{
    uint64_t copied;
    int status = sys_lease_write(request->token, 0, 0, transfer_bounce(), request->pieces[0].length, &copied);
    return status == OK ? OK : ERROR_MALFORMED;
}

/* Answers the request if nothing of it is left to do. */
static void finish(struct request *request)
{
    if (request->under_way > 0 || is_waiting(request))
        return;
    if (request->status == OK && request->bounced && request->kind == TRANSFER_READ)
        request->status = deliver_bounce(request);
    answer(request);
}

/*
 * Takes the bounce buffer for the request, filled if it writes. False: somebody else has it. A lease that cannot be
 * read fails the request.
 */
static bool take_bounce(struct request *request)
{
    uint64_t copied;
    if (bounce_user != NOBODY)
        return false;
    bounce_user = (unsigned)(request - requests);
    struct request_piece *piece = &request->pieces[0];
    piece->physical = transfer_bounce_physical();
    piece->seal = order_seal(request->kind, piece->sector, piece->physical, piece->length);
    if (request->kind == TRANSFER_WRITE &&
        sys_lease_read(request->token, 0, 0, transfer_bounce(), request->pieces[0].length, &copied) != OK)
        request->status = ERROR_MALFORMED;
    return true;
}

/* Starts one transfer: as many of the next pieces as follow each other on the disk, at most `room`. */
static void start_transfer(struct request *request, unsigned room)
{
    struct transfer_piece pieces[TRANSFER_PIECES];
    const struct request_piece *first = &request->pieces[request->started];
    uint64_t sector = first->sector;
    unsigned count = 0;
    while (count < room && request->started + count < request->count && first[count].sector == sector) {
        pieces[count] = (struct transfer_piece){first[count].physical, first[count].length, first[count].seal};
        sector += first[count++].length / BLOCK_SECTOR;
    }
    transfer_start(request->kind, request->count > 0 ? first->sector : 0, pieces, count,
                   (unsigned)(request - requests));
    request->started += request->count > 0 ? count : 1;
    request->under_way++;
}

void request_start(void)
{
    struct request *request;
    unsigned room;
    while ((room = transfer_room()) > 0 && (request = oldest_waiting()) != 0) {
        if (request->bounced && !take_bounce(request))
            break;
        if (request->status == OK)
            start_transfer(request, room);
        finish(request);
    }
    transfer_notify();
}

bool request_collect(void)
{
    unsigned index;
    bool succeeded;
    enum virtqueue_result result;
    while ((result = transfer_finish(&index, &succeeded)) == VIRTQUEUE_TAKEN) {
        struct request *request = &requests[index];
        request->under_way--;
        if (!succeeded)
            request->status = ERROR_IO;
        finish(request);
    }
    return result == VIRTQUEUE_EMPTY;
}

void request_fail_all(int status)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (requests[i].token == 0)
            continue;
        requests[i].status = status;
        answer(&requests[i]);
    }
}
