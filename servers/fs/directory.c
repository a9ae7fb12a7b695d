/* Directories; directory.h says what they are. */
#include "directory.h"
#include "blockmap.h"
#include "file.h"
#include "servers/proto/error.h"
#include "servers/proto/fs.h"
#include <string.h>

#define LARGEST_DIRECTORY 0x7fffffffu /* bytes */

/* Kinds as records store them, by enum io_kind. */
static const uint8_t type_of_kind[16] = {
    [KIND_FILE] = 1, [KIND_DIRECTORY] = 2, [KIND_CHARACTER] = 3, [KIND_BLOCK] = 4,
    [KIND_PIPE] = 5, [KIND_SOCKET] = 6,    [KIND_LINK] = 7,
};

static uint8_t record_type(unsigned kind)
{
    return filesystem.has_types ? type_of_kind[kind] : 0;
}

static int damaged_at(const struct inode *directory, uint64_t index, uint32_t offset)
{
    return damaged("directory %u, block %lu, offset %u: no directory record", directory->number, (unsigned long)index,
                   offset);
}

/* Pins a block of the directory; directories have no holes. */
static int get_block(struct inode *directory, uint64_t index, struct buffer **buffer)
{
    int status = file_block(directory, index, 1, buffer);
    if (status == OK && *buffer == NULL)
        status = damaged("directory %u has no block %lu", directory->number, (unsigned long)index);
    if (status == OK)
        cache_flag(*buffer, BUFFER_RECORDS, 0);
    return status;
}

/* ---- searching ---- */

typedef bool test_function(const struct ext2_entry *entry, const struct name *name);

static bool has_name(const struct ext2_entry *entry, const struct name *name)
{
    return entry->inode != 0 && entry->name_length == name->length &&
           memcmp(entry->name, name->bytes, name->length) == 0;
}

/* Whether the record leaves room for another with this name. */
static bool has_room(const struct ext2_entry *entry, const struct name *name)
{
    uint32_t used = entry->inode != 0 ? ENTRY_SIZE(entry->name_length) : 0;
    return entry->length >= used + ENTRY_SIZE(name->length);
}

static bool is_dots(const struct ext2_entry *entry)
{
    return (entry->name_length == 1 && entry->name[0] == '.') ||
           (entry->name_length == 2 && entry->name[0] == '.' && entry->name[1] == '.');
}

static bool is_content(const struct ext2_entry *entry, const struct name *name)
{
    (void)name;
    return entry->inode != 0 && !is_dots(entry);
}

/* Searches one pinned block, number `index`. ERROR_NOT_FOUND */
static int search_block(struct inode *directory, uint64_t index, test_function *test, const struct name *name,
                        struct slot *slot)
{
    slot->previous = 0;
    for (slot->offset = 0; slot->offset < filesystem.block_size;) {
        const struct ext2_entry *entry = directory_record(slot->buffer->data, slot->offset);
        if (entry == NULL)
            return damaged_at(directory, index, slot->offset);
        if (test(entry, name))
            return OK;
        slot->previous = slot->offset;
        slot->offset += entry->length;
    }
    return ERROR_NOT_FOUND;
}

/* Finds the first record that passes the test; the slot is to be put. */
static int search(struct inode *directory, test_function *test, const struct name *name, struct slot *slot)
{
    uint64_t blocks = inode_size(directory) / filesystem.block_size;
    for (uint64_t index = 0; index < blocks; index++) {
        int status = get_block(directory, index, &slot->buffer);
        if (status != OK)
            return status;
        status = search_block(directory, index, test, name, slot);
        if (status == OK)
            return OK;
        cache_put(slot->buffer);
        if (status != ERROR_NOT_FOUND)
            return status;
    }
    return ERROR_NOT_FOUND;
}

int directory_find(struct inode *directory, struct name name, struct slot *slot)
{
    return search(directory, has_name, &name, slot);
}

int directory_look_up(struct inode *directory, struct name name, uint32_t *number)
{
    struct slot slot;
    int status = directory_find(directory, name, &slot);
    if (status != OK)
        return status;
    *number = slot_entry(&slot)->inode;
    slot_put(&slot);
    return OK;
}

int directory_check_empty(struct inode *directory)
{
    struct slot slot;
    int status = search(directory, is_content, NULL, &slot);
    if (status == OK)
        slot_put(&slot);
    return status == ERROR_NOT_FOUND ? OK : status == OK ? ERROR_NOT_EMPTY : status;
}

struct ext2_entry *slot_entry(const struct slot *slot)
{
    return (void *)(slot->buffer->data + slot->offset);
}

void slot_put(struct slot *slot)
{
    cache_put(slot->buffer);
}

/* ---- changing ---- */

static void fill_entry(struct ext2_entry *entry, struct name name, uint32_t number, unsigned kind)
{
    entry->inode = number;
    entry->name_length = (uint8_t)name.length;
    entry->type = record_type(kind);
    memcpy(entry->name, name.bytes, name.length);
}

/* Appends a block with one unused record as long as the block. */
static int grow(struct inode *directory, struct slot *slot)
{
    uint64_t size = inode_size(directory);
    uint32_t block;
    bool fresh;
    if (size > LARGEST_DIRECTORY - filesystem.block_size)
        return ERROR_TOO_BIG;
    int status = blockmap_allocate(directory, size / filesystem.block_size, &block, &fresh);
    if (status == OK)
        status = cache_get_new(block, &slot->buffer);
    if (status != OK)
        return status;
    slot->offset = slot->previous = 0;
    cache_flag(slot->buffer, BUFFER_RECORDS, 0);
    cache_modify(slot->buffer);
    slot_entry(slot)->length = (uint16_t)filesystem.block_size;
    inode_set_size(directory, size + filesystem.block_size);
    return OK;
}

/* Cuts the unused end of a record in use off; the slot moves to it. */
static void split(struct slot *slot)
{
    struct ext2_entry *entry = slot_entry(slot);
    uint16_t used = (uint16_t)ENTRY_SIZE(entry->name_length), rest = (uint16_t)(entry->length - used);
    entry->length = used;
    slot->previous = slot->offset;
    slot->offset += used;
    slot_entry(slot)->length = rest;
}

int directory_add(struct inode *directory, struct name name, uint32_t number, unsigned kind)
{
    struct slot slot;
    int status = search(directory, has_room, &name, &slot);
    if (status == ERROR_NOT_FOUND)
        status = grow(directory, &slot);
    if (status != OK)
        return status;
    cache_modify(slot.buffer);
    if (slot_entry(&slot)->inode != 0)
        split(&slot);
    fill_entry(slot_entry(&slot), name, number, kind);
    slot_put(&slot);
    inode_set_time(directory, filesystem_now());
    directory->raw->flags &= ~(uint32_t)INODE_INDEXED;
    return OK;
}

void directory_remove(struct inode *directory, struct slot *slot)
{
    struct ext2_entry *entry = slot_entry(slot);
    cache_modify(slot->buffer);
    if (slot->previous == slot->offset) {
        entry->inode = 0;
    } else {
        struct ext2_entry *previous = (void *)(slot->buffer->data + slot->previous);
        previous->length = (uint16_t)(previous->length + entry->length);
    }
    inode_set_time(directory, filesystem_now());
}

void directory_redirect(struct inode *directory, struct slot *slot, uint32_t number, unsigned kind)
{
    cache_modify(slot->buffer);
    slot_entry(slot)->inode = number;
    slot_entry(slot)->type = record_type(kind);
    inode_set_time(directory, filesystem_now());
}

int directory_start(struct inode *directory, uint32_t parent)
{
    struct slot slot;
    int status = grow(directory, &slot);
    if (status != OK)
        return status;
    fill_entry(slot_entry(&slot), (struct name){".", 1}, directory->number, KIND_DIRECTORY);
    split(&slot);
    fill_entry(slot_entry(&slot), (struct name){"..", 2}, parent, KIND_DIRECTORY);
    slot_put(&slot);
    return OK;
}

int directory_end(struct inode *directory)
{
    struct buffer *buffer;
    int status = inode_size(directory) > 0 ? get_block(directory, 0, &buffer) : ERROR_NOT_FOUND;
    if (status == OK)
        cache_put(buffer);
    return status == ERROR_NOT_FOUND ? OK : status;
}

/* ---- listing ---- */

/* The kind of a record's file; old records do not tell, then the inode is asked. */
static int find_kind(const struct ext2_entry *entry, uint8_t *kind)
{
    for (unsigned i = 0; i < sizeof(type_of_kind); i++)
        if (filesystem.has_types && entry->type != 0 && type_of_kind[i] == entry->type) {
            *kind = (uint8_t)i;
            return OK;
        }
    struct inode inode;
    int status = inode_get_named(entry->inode, &inode);
    if (status != OK)
        return status;
    *kind = (uint8_t)inode_kind(&inode);
    inode_put(&inode);
    return OK;
}

/* Appends a record to the listing. ERROR_NO_SPACE: it is full */
static int list_entry(const struct ext2_entry *entry, struct listing *listing)
{
    struct fs_directory_entry *record = (void *)(listing->buffer + listing->used);
    uint32_t length = (uint32_t)(sizeof(*record) + entry->name_length + 7) & ~7u;
    uint8_t kind;
    if (length > listing->size - listing->used)
        return ERROR_NO_SPACE;
    int status = find_kind(entry, &kind);
    if (status != OK)
        return status;
    memset(record, 0, length);
    record->inode = entry->inode;
    record->length = (uint16_t)length;
    record->kind = kind;
    record->name_length = entry->name_length;
    memcpy(record->name, entry->name, entry->name_length);
    listing->used += length;
    return OK;
}

/* Lists the records of one pinned block from *cursor on; earlier ones are passed over, to find where records begin. */
static int list_block(struct inode *directory, const struct buffer *buffer, uint64_t *cursor, struct listing *listing)
{
    uint64_t start = *cursor - *cursor % filesystem.block_size;
    for (uint32_t offset = 0; offset < filesystem.block_size;) {
        const struct ext2_entry *entry = directory_record(buffer->data, offset);
        if (entry == NULL)
            return damaged_at(directory, start / filesystem.block_size, offset);
        bool is_due = start + offset >= *cursor;
        int status = is_due && entry->inode != 0 ? list_entry(entry, listing) : OK;
        if (status != OK)
            return status;
        offset += entry->length;
        if (is_due)
            *cursor = start + offset;
    }
    *cursor = start + filesystem.block_size;
    return OK;
}

int directory_list(struct inode *directory, uint64_t *cursor, struct listing *listing)
{
    int status = OK;
    listing->used = 0;
    while (*cursor < inode_size(directory) && status == OK) {
        struct buffer *buffer;
        status = get_block(directory, *cursor / filesystem.block_size, &buffer);
        if (status != OK)
            return status;
        status = list_block(directory, buffer, cursor, listing);
        cache_put(buffer);
    }
    if (status == ERROR_NO_SPACE)
        status = listing->used > 0 ? OK : ERROR_MALFORMED;
    return status;
}
