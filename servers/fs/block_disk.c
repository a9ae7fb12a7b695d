/* The functions of disk.h, over servers/proto/block.h. */
#include "block_disk.h"
#include "disk.h"
#include "servers/proto/block.h"
#include "servers/proto/error.h"
#include "user/lib/heartbeat.h"
#include "user/lib/request.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(2 + 2 * BLOCK_PIECES <= MESSAGE_WORDS, "a request fits into one message");

#define MOST_REFUSALS 5 /* of one request, until it is malformed indeed */

static handle_t server, memory;
static uint8_t *base;
static bool is_attached; /* the block server that runs now knows our memory */

void block_disk_start(handle_t block_server, handle_t buffers, void *address)
{
    server = block_server;
    memory = buffers;
    base = address;
    is_attached = false;
}

static int attach(void)
{
    struct message m = message(BLOCK_ATTACH);
    m.words[0] = CACHE_PAGES;
    m.word_count = 1;
    message_give(&m, memory, 0);
    int status = ipc_request(server, &m, DEADLINE_FOREVER);
    is_attached = status == OK;
    return status;
}

/* One request, made anew each time, as an answer overwrites the message. */
static int request(uint32_t label, const struct disk_piece *pieces, unsigned count, struct message *m)
{
    uint64_t words[2 + 2 * DISK_PIECES] = {count}, sum = block_sum(0, count);
    for (unsigned i = 0; i < count; i++) {
        uint64_t offset = (uint64_t)((uint8_t *)pieces[i].memory - base);
        words[1 + 2 * i] = pieces[i].sector;
        words[2 + 2 * i] = offset | (uint64_t)pieces[i].length << 32;
        sum = block_sum(block_sum(sum, words[1 + 2 * i]), words[2 + 2 * i]);
    }
    words[1 + 2 * count] = sum; /* of what is compared now; what changes later the driver will refuse */
    for (unsigned i = 0; i < count; i++) {
        uint64_t place = words[2 + 2 * i];
        if (disk_seal(words[1 + 2 * i], base + (uint32_t)place, (uint32_t)(place >> 32)) != pieces[i].seal)
            give_up("something else is asked of the disk than should be");
    }
    *m = message(label);
    m->word_count = count > 0 ? (uint8_t)(2 + 2 * count) : 0;
    memcpy(m->words, words, sizeof(m->words)); /* the first eight travel in registers, the others in the page */
    memcpy(message_page()->words, words, sizeof(words));
    return ipc_request(server, m, DEADLINE_FOREVER);
}

/* The request once, after an incarnation that does not know our memory yet was told. */
static int attach_and_request(uint32_t label, const struct disk_piece *pieces, unsigned count, struct message *m)
{
    int status = is_attached ? OK : attach();
    if (status == OK)
        status = request(label, pieces, count, m);
    is_attached &= status != E_SERVER_DIED && status != ERROR_MALFORMED;
    return status;
}

/*
 * A request, repeated while the block server dies over it. All of them are idempotent. An incarnation that does not
 * know our memory calls malformed what it would take otherwise; that may happen again, as the one that was told may
 * end before the request comes.
 */
static int request_until_answered(uint32_t label, const struct disk_piece *pieces, unsigned count, struct message *m)
{
    struct attempts attempts = {0};
    unsigned refusals = 0;
    int status;
    do {
        heartbeat();
        status = attach_and_request(label, pieces, count, m);
    } while ((status == E_SERVER_DIED && request_again(&attempts)) ||
             (status == ERROR_MALFORMED && ++refusals < MOST_REFUSALS));
    return status == OK || status == ERROR_NO_DEVICE ? status : ERROR_IO;
}

int disk_open(struct disk *disk)
{
    struct message m;
    int status = server != 0 ? request_until_answered(BLOCK_INFO, NULL, 0, &m) : ERROR_NO_DEVICE;
    if (status != OK)
        return status;
    *disk = (struct disk){.sectors = m.words[0], .read_only = m.words[1] != 0};
    disk->largest_piece = m.words[2] < UINT32_MAX ? (uint32_t)m.words[2] : UINT32_MAX;
    return disk->largest_piece >= PAGE_SIZE ? OK : ERROR_NO_DEVICE;
}

int disk_read(const struct disk_piece *pieces, unsigned count)
{
    struct message m;
    return request_until_answered(BLOCK_READ, pieces, count, &m);
}

int disk_write(const struct disk_piece *pieces, unsigned count)
{
    struct message m;
    return request_until_answered(BLOCK_WRITE, pieces, count, &m);
}

int disk_flush(void)
{
    struct message m;
    return request_until_answered(BLOCK_FLUSH, NULL, 0, &m);
}

uint32_t disk_now(void)
{
    return (uint32_t)time_now();
}

static void tell(const char *format, va_list arguments)
{
    char line[200];
    vsnprintf(line, sizeof(line), format, arguments);
    fprintf(stderr, "fs: %s\n", line);
}

void report(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
}

void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
    exit(EXIT_FAILURE);
}
