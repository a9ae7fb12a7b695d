/* The journal's blocks; journal_log.h says what is done with them. */
#include "journal_log.h"
#include "batch.h"
#include "blockmap.h"
#include "journal_confirm.h"
#include "journal_revoke.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include <assert.h>
#include <string.h>

#define LOG_SMALLEST 1024u   /* blocks: no journal of ext3 has fewer */
#define LOG_BELIEVED 262144u /* or more: a gibibyte of the largest ones */
#define SCRATCH      64u     /* blocks made for the log that are pinned at a time */

struct log journal_log;

/* ---- opening ---- */

static int refuse(const char *why)
{
    report("the journal cannot be used: %s", why);
    return ERROR_NOT_SUPPORTED;
}

int log_block(uint32_t position, uint32_t *block)
{
    int status = blockmap_find(&journal_log.inode, position, block);
    return status == OK && *block == 0 ? damaged("the journal has no block %u", position) : status;
}

static int check_superblock(void)
{
    const struct journal_superblock *super = journal_log.super;
    uint32_t kind = little32(super->header.kind), length = little32(super->length), first = little32(super->first);
    uint32_t start = little32(super->start);
    if (little32(super->header.magic) != JOURNAL_MAGIC ||
        (kind != JOURNAL_SUPERBLOCK && kind != JOURNAL_SUPERBLOCK_OLD))
        return refuse("it has no superblock");
    if (kind == JOURNAL_SUPERBLOCK_OLD)
        return refuse("it has the oldest format");
    if (little32(super->incompatible) & ~(uint32_t)JOURNAL_HAS_REVOKE || super->read_only_compatible.raw != 0 ||
        super->compatible.raw != 0) {
        report("the journal has features that this server does not know (checksums, for example): %x, %x, %x",
               little32(super->compatible), little32(super->incompatible), little32(super->read_only_compatible));
        return ERROR_NOT_SUPPORTED;
    }
    if (little32(super->block_size) != filesystem.block_size || length < LOG_SMALLEST || length > LOG_BELIEVED ||
        length > inode_size(&journal_log.inode) / filesystem.block_size || first == 0 ||
        first > length - LOG_SMALLEST / 2 || start >= length || (start != 0 && start < first))
        return refuse("its superblock is damaged");
    if (super->error.raw != 0)
        return refuse("it says that errors were found; check it with e2fsck");
    journal_log.length = length;
    journal_log.first = first;
    return OK;
}

int log_open(void)
{
    uint32_t block;
    journal_log.buffer = NULL;
    if (filesystem.super->journal_inode == 0)
        return refuse("it is on another device");
    int status = inode_get_reserved(filesystem.super->journal_inode, &journal_log.inode);
    if (status != OK)
        return status == ERROR_STALE ? refuse("it is not there") : status;
    if (inode_kind(&journal_log.inode) != KIND_FILE)
        return refuse("it is no file");
    status = log_block(0, &block);
    if (status == OK)
        status = cache_get(block, &journal_log.buffer);
    if (status != OK)
        return status;
    journal_log.super = (void *)journal_log.buffer->data;
    return check_superblock();
}

/* What log_mark() writes. */
struct mark {
    uint32_t start, sequence;
};

static void amend_log(uint8_t *data, const void *how)
{
    const struct mark *mark = how;
    struct journal_superblock *super = (void *)data;
    super->start = big32(mark->start);
    super->sequence = big32(mark->sequence);
    super->incompatible = big32(JOURNAL_HAS_REVOKE);
}

int log_mark(uint32_t start, uint32_t sequence)
{
    struct mark mark = {start, sequence};
    return cache_amend(journal_log.buffer, amend_log, &mark, sizeof(mark));
}

/* ---- writing transactions ---- */

/* A transaction on its way into the log. Blocks that are not buffers of the file system are made in `scratch`. */
struct writer {
    uint32_t sequence, position;
    struct batch batch;
    unsigned scratch_count;
    struct buffer *scratch[SCRATCH];
};

static uint32_t tags_per_block(void)
{
    return (filesystem.block_size - sizeof(struct journal_header) - JOURNAL_IDENTIFIER) / sizeof(struct journal_tag);
}

static uint32_t revokes_per_block(void)
{
    return (filesystem.block_size - sizeof(struct journal_revoke)) / sizeof(struct big32);
}

uint32_t log_needed(unsigned limit)
{
    uint32_t logged = journal_log.length < LOG_LARGEST ? journal_log.length : LOG_LARGEST;
    return limit + limit / tags_per_block() + 1 + logged / revokes_per_block() + 1 + 1;
}

static struct writer writer_at(uint32_t sequence, uint32_t position)
{
    confirm_start(position);
    return (struct writer){
        .sequence = sequence, .position = position, .batch = {.transfer = disk_write, .check = confirm_block}};
}

/* Sends what was collected; the blocks made for it are not needed any more. */
static int writer_run(struct writer *writer)
{
    int status = batch_run(&writer->batch);
    while (writer->scratch_count > 0)
        cache_put(writer->scratch[--writer->scratch_count]);
    return status;
}

/* Puts data at the next place of the log. */
static int writer_add(struct writer *writer, uint8_t *data)
{
    uint32_t block;
    int status = log_block(writer->position++, &block);
    if (status != OK)
        return status;
    return batch_add(&writer->batch, block, data);
}

/* A block of zeros that lies at the next place of the log; the caller fills it at once. */
static int writer_make(struct writer *writer, uint8_t **data)
{
    struct buffer *buffer;
    uint32_t block;
    int status = writer->scratch_count == SCRATCH ? writer_run(writer) : OK;
    if (status == OK)
        status = log_block(writer->position, &block);
    if (status == OK)
        status = cache_get_new(block, &buffer);
    if (status != OK)
        return status;
    writer->scratch[writer->scratch_count++] = buffer;
    *data = buffer->data;
    return writer_add(writer, *data);
}

static struct journal_header header(const struct writer *writer, enum journal_block kind)
{
    return (struct journal_header){big32(JOURNAL_MAGIC), big32(kind), big32(writer->sequence)};
}

static bool looks_like_log(const uint8_t *data)
{
    return little32(((const struct journal_header *)data)->magic) == JOURNAL_MAGIC;
}

/* An image; where it would look like a block of the log, a copy without its first word. */
static int write_image(struct writer *writer, const struct buffer *buffer)
{
    uint8_t *copy;
    if (!looks_like_log(buffer->data))
        return writer_add(writer, buffer->data);
    int status = writer_make(writer, &copy);
    if (status == OK)
        memcpy(copy + sizeof(uint32_t), buffer->data + sizeof(uint32_t), filesystem.block_size - sizeof(uint32_t));
    return status;
}

/* A descriptor with tags for `count` buffers. */
static int write_descriptor(struct writer *writer, struct buffer *const *buffers, uint32_t count)
{
    uint8_t *data;
    int status = writer_make(writer, &data);
    if (status != OK)
        return status;
    *(struct journal_header *)data = header(writer, JOURNAL_DESCRIPTOR);
    data += sizeof(struct journal_header);
    for (uint32_t i = 0; i < count; i++) {
        unsigned flags = (looks_like_log(buffers[i]->data) ? TAG_ESCAPED : 0) | (i > 0 ? TAG_SAME : 0) |
                         (i + 1 == count ? TAG_LAST : 0);
        *(struct journal_tag *)data =
            (struct journal_tag){.block = big32(buffers[i]->block), .flags = big16((uint16_t)flags)};
        data += sizeof(struct journal_tag);
        if (i == 0) {
            memcpy(data, journal_log.super->identifier, JOURNAL_IDENTIFIER);
            data += JOURNAL_IDENTIFIER;
        }
    }
    return OK;
}

static int write_images(struct writer *writer)
{
    struct buffer *buffers[TRANSACTION_LARGEST], *buffer = NULL;
    uint32_t total = 0;
    int status = OK;
    while ((buffer = cache_next(buffer, BUFFER_RUNNING)) != NULL) {
        assert(total < TRANSACTION_LARGEST);
        buffers[total++] = buffer;
    }
    if (total != cache_running())
        give_up("%u blocks run in the transaction, and %u were found", cache_running(), total);
    for (uint32_t done = 0; done < total && status == OK; done += tags_per_block()) {
        uint32_t count = total - done < tags_per_block() ? total - done : tags_per_block();
        status = write_descriptor(writer, buffers + done, count);
        for (uint32_t i = 0; i < count && status == OK; i++)
            status = write_image(writer, buffers[done + i]);
    }
    return status;
}

static int write_revokes(struct writer *writer)
{
    int status = OK;
    for (uint32_t done = 0; done < revoke_count() && status == OK;) {
        uint8_t *data;
        status = writer_make(writer, &data);
        if (status != OK)
            return status;
        struct journal_revoke *block = (void *)data;
        uint32_t count = 0;
        while (count < revokes_per_block() && done < revoke_count())
            block->blocks[count++] = big32(revoke_block(done++));
        block->header = header(writer, JOURNAL_REVOKE);
        block->bytes = big32((uint32_t)(sizeof(*block) + count * sizeof(struct big32)));
    }
    return status;
}

int log_write(uint32_t sequence, uint32_t *position)
{
    struct writer writer = writer_at(sequence, *position);
    int status = write_images(&writer);
    if (status == OK)
        status = write_revokes(&writer);
    int sent = writer_run(&writer);
    *position = writer.position;
    return status != OK ? status : sent;
}

int log_write_commit(uint32_t sequence, uint32_t position)
{
    struct writer writer = writer_at(sequence, position);
    uint8_t *data;
    int status = writer_make(&writer, &data);
    if (status == OK) {
        struct journal_commit *commit = (void *)data;
        commit->header = header(&writer, JOURNAL_COMMIT);
        commit->seconds = big32(filesystem_now());
    }
    int sent = writer_run(&writer);
    return status != OK ? status : sent;
}
