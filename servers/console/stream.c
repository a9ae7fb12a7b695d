#include "servers/console/stream.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "user/lib/answer.h"
#include "user/lib/fail_stop.h"
#include "user/lib/time.h"

#define PIECE    1024               /* bytes taken from a client at a time */
#define PATIENCE (50 * MILLISECOND) /* with a client whose WRITE was broken off */

unsigned encode_terminal(char byte, char *encoded)
{
    if (byte != '\n') {
        encoded[0] = byte;
        return 1;
    }
    encoded[0] = '\r';
    encoded[1] = '\n';
    return 2;
}

unsigned encode_job(char byte, char *encoded)
{
    encoded[0] = byte;
    encoded[1] = byte;
    return byte == JOB_ESCAPE ? 2 : 1;
}

void stream_put(struct stream *stream, const char *bytes, unsigned count)
{
    struct outgoing *output = stream->serial->output;
    for (unsigned i = 0; i < count && ring_room(&output->ring) >= STREAM_ENCODED; i++) {
        char encoded[STREAM_ENCODED];
        unsigned length = stream->encode(bytes[i], encoded);
        for (unsigned j = 0; j < length; j++)
            outgoing_put(output, (uint8_t)encoded[j]);
    }
    if (stream->show)
        stream->show(bytes, count);
}

void stream_resume(struct stream *stream)
{
    if (stream->last->done < stream->last->length)
        stream->patience = clock_nanoseconds() + PATIENCE;
}

uint64_t stream_deadline(const struct stream *stream)
{
    return stream->patience && stream->writers.count > 0 ? stream->patience : DEADLINE_FOREVER;
}

bool stream_write(struct stream *stream, const struct waiter *writer)
{
    const struct claim *claim = kept_find_claim(stream->last, stream->kind, writer->sender, writer->sequence);
    if (!claim || claim->length != writer->length)
        return waiters_add(&stream->writers, *writer);
    struct waiter again = *writer;
    again.done = claim->done;
    if (claim != stream->last) /* others have come between */
        return waiters_add(&stream->writers, again);
    stream->patience = 0;
    return waiters_add_first(&stream->writers, again);
}

static void answer(const struct waiter *writer, int status)
{
    fail_stop_unless(status != OK || writer->done == writer->length);
    struct message m = message((uint32_t)status);
    m.token = writer->token;
    m.words[0] = writer->done;
    m.word_count = 2;
    answer_later(&m);
}

/* How many bytes the ring can surely take now. */
static unsigned room(const struct stream *stream)
{
    unsigned free = ring_room(&stream->serial->output->ring);
    return free > stream->reserve ? (free - stream->reserve) / STREAM_ENCODED : 0;
}

/* Copies the writer's next `count` bytes. A lease that cannot be read is tried again: perhaps the fault was ours. */
static bool copy_piece(const struct waiter *writer, char *bytes, unsigned count)
{
    uint64_t copied = 0;
    bool good = count == 0;
    for (unsigned attempt = 0; attempt < 2 && !good; attempt++)
        good = sys_lease_read(writer->token, 0, writer->done, bytes, count, &copied) == OK;
    fail_stop_unless(!good || copied == count);
    return good;
}

/* Do these bytes, encoded, go out from the position `from` on, and no more? */
static bool holds(const struct stream *stream, uint64_t from, const char *bytes, unsigned count)
{
    const struct outgoing *output = stream->serial->output;
    serial_check(stream->serial);
    for (unsigned i = 0; i < count; i++) {
        char encoded[STREAM_ENCODED];
        unsigned length = stream->encode(bytes[i], encoded);
        for (unsigned j = 0; j < length; j++) {
            if (!outgoing_has(output, from++, (uint8_t)encoded[j]))
                return false;
        }
    }
    return from == output->ring.put;
}

/* Takes the writer's next piece, which fits, and notes that. What is noted was made sure of: it is acknowledged. */
static int take_piece(struct stream *stream, struct waiter *writer, unsigned count)
{
    static char bytes[PIECE];
    serial_check(stream->serial);
    uint64_t from = stream->serial->output->ring.put;
    const struct claim *claim = kept_find_claim(stream->last, stream->kind, writer->sender, writer->sequence);
    if (claim && (claim->done != writer->done || claim->length != writer->length))
        return ERROR_MALFORMED; /* the number was another request's */
    if (!copy_piece(writer, bytes, count))
        return ERROR_MALFORMED;
    stream_put(stream, bytes, count);
    fail_stop_unless(holds(stream, from, bytes, count));
    writer->done += count;
    if (claim != stream->last)
        answer_flush(); /* the former claim's answer must be out before this takes its place */
    *stream->last = (struct claim){
        .kind = stream->kind,
        .sender = writer->sender,
        .sequence = writer->sequence,
        .done = writer->done,
        .length = writer->length,
    };
    kept_commit(KEPT_OUTPUT);
    return OK;
}

static bool waits_for_another(struct stream *stream)
{
    if (stream->patience && clock_nanoseconds() >= stream->patience)
        stream->patience = 0;
    return stream->patience != 0;
}

bool stream_take(struct stream *stream)
{
    struct waiter *writer;
    while ((writer = waiters_first(&stream->writers)) != 0 && !waits_for_another(stream)) {
        fail_stop_unless(writer->done <= writer->length);
        uint64_t count = writer->length - writer->done;
        if (count > PIECE)
            count = PIECE;
        if (count > room(stream))
            return true;
        int status = take_piece(stream, writer, (unsigned)count);
        if (status == OK && writer->done < writer->length)
            continue;
        answer(writer, status);
        waiters_remove(&stream->writers, 0);
    }
    return false;
}
