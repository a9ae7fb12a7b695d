#include "servers/console/stream.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "user/lib/answer.h"

#define PIECE 1024 /* bytes taken from a client at a time */

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
    struct ring *ring = &stream->serial->output;
    for (unsigned i = 0; i < count && ring_room(ring) >= STREAM_ENCODED; i++) {
        char encoded[STREAM_ENCODED];
        unsigned length = stream->encode(bytes[i], encoded);
        for (unsigned j = 0; j < length; j++)
            ring_put(ring, (uint8_t)encoded[j]);
    }
    if (stream->show)
        stream->show(bytes, count);
}

bool stream_write(struct stream *stream, uint64_t token, uint64_t length)
{
    return waiters_add(&stream->writers, (struct waiter){.token = token, .length = length});
}

static void answer(const struct waiter *writer, int status)
{
    struct message m = message((uint32_t)status);
    m.token = writer->token;
    m.words[0] = writer->done;
    m.word_count = 2;
    answer_later(&m);
}

/* How many bytes the ring can surely take now. */
static unsigned room(const struct stream *stream)
{
    unsigned free = ring_room(&stream->serial->output);
    return free > stream->reserve ? (free - stream->reserve) / STREAM_ENCODED : 0;
}

void stream_take(struct stream *stream)
{
    static char bytes[PIECE];
    struct waiter *writer;
    while ((writer = waiters_first(&stream->writers)) != 0) {
        uint64_t count = writer->length - writer->done, copied = 0;
        if (count > PIECE)
            count = PIECE;
        if (count > room(stream))
            return;
        int status = count > 0 ? sys_lease_read(writer->token, 0, writer->done, bytes, count, &copied) : OK;
        if (status == OK)
            stream_put(stream, bytes, (unsigned)count);
        writer->done += status == OK ? count : 0;
        if (status == OK && writer->done < writer->length)
            continue;
        answer(writer, status == OK ? OK : ERROR_MALFORMED);
        waiters_remove(&stream->writers, 0);
    }
}
