/* The block map; blockmap.h says what it is. */
#include "blockmap.h"
#include "alloc.h"
#include "change.h"
#include "group.h"
#include "servers/proto/error.h"
#include <string.h>

/*
 * The way to a block: slots[0] is the place in the inode's array, slots[n] the place in the n-th indirect block.
 * With 1 KiB blocks (256 numbers in each) block 300 of a file is behind slots {13, 0, 32}: 300 - 12 - 256 = 32.
 */
struct map_path {
    unsigned depth; /* indirect blocks on the way */
    uint32_t slots[4];
};

static uint32_t pointers_per_block(void)
{
    return filesystem.block_size / sizeof(uint32_t);
}

/* False: no file can have a block there. */
static inline bool find_path(uint64_t index, struct map_path *path)
{
    uint64_t pointers = pointers_per_block(), span = 1;
    if (index < DIRECT_BLOCKS) {
        path->depth = 0;
        path->slots[0] = (uint32_t)index;
        return true;
    }
    index -= DIRECT_BLOCKS;
    for (unsigned depth = 1; depth <= 3; depth++) {
        span *= pointers;
        if (index < span) {
            path->depth = depth;
            path->slots[0] = DIRECT_BLOCKS + depth - 1;
            for (unsigned level = depth; level > 0; level--, index /= pointers)
                path->slots[level] = (uint32_t)(index % pointers);
            return true;
        }
        index -= span;
    }
    return false;
}

static inline int check_block(const struct inode *inode, uint32_t block)
{
    return block_is_data(block) ? OK : damaged("inode %u claims block %u", inode->number, block);
}

/* ---- looking up ---- */

/* Follows a path of indirect blocks. */
static int follow(struct inode *inode, const struct map_path *path, uint32_t *block)
{
    const uint32_t *numbers = inode->raw->block;
    struct buffer *buffer = NULL;
    for (unsigned level = 0;; level++) {
        *block = numbers[path->slots[level]];
        if (buffer != NULL)
            cache_put(buffer);
        int status = *block != 0 ? check_block(inode, *block) : OK;
        if (*block == 0 || status != OK || level == path->depth)
            return status;
        status = cache_get(*block, &buffer);
        if (status != OK)
            return status;
        buffer->flags |= BUFFER_NUMBERS;
        numbers = (const uint32_t *)buffer->data;
    }
}

int blockmap_find(struct inode *inode, uint64_t index, uint32_t *block)
{
    struct map_path path;
    *block = 0;
    if (index >= DIRECT_BLOCKS)
        return find_path(index, &path) ? follow(inode, &path, block) : OK;
    *block = inode->raw->block[index];
    return *block != 0 ? check_block(inode, *block) : OK;
}

/* ---- growing ---- */

/* A place for a block number: in the inode, or in an indirect block. */
struct place {
    struct buffer *holder; /* NULL: the inode */
    uint32_t *numbers;
    uint32_t slot;
};

/* Near what should the block at this place be? Behind its predecessor, or its indirect block, or in its group. */
static uint32_t goal_of(const struct inode *inode, const struct place *place)
{
    if (place->slot > 0 && place->numbers[place->slot - 1] != 0)
        return place->numbers[place->slot - 1] + 1;
    if (place->holder != NULL)
        return place->holder->block + 1;
    return group_first_block(group_of_inode(inode->number));
}

/* Allocates a block and enters it. */
static int fill_place(struct inode *inode, const struct place *place)
{
    uint32_t block;
    if (inode->raw->sectors > UINT32_MAX - sectors_per_block())
        return ERROR_TOO_BIG;
    int status = block_allocate(goal_of(inode, place), &block);
    if (status != OK)
        return status;
    inode_modify(inode);
    inode->raw->sectors += sectors_per_block();
    if (place->holder != NULL)
        cache_modify(place->holder);
    place->numbers[place->slot] = block;
    return OK;
}

/* Goes one level down, to the indirect block that `place` names, with `slot` in it. `fresh`: it was just allocated. */
static int descend(struct place *place, uint32_t slot, bool fresh)
{
    struct buffer *next;
    uint32_t block = place->numbers[place->slot];
    int status = fresh ? cache_get_new(block, &next) : cache_get(block, &next);
    if (status != OK)
        return status;
    cache_check(next); /* what it names will be written */
    cache_flag(next, BUFFER_NUMBERS, 0);
    if (fresh)
        cache_modify(next);
    if (place->holder != NULL)
        cache_put(place->holder);
    *place = (struct place){next, (uint32_t *)next->data, slot};
    return OK;
}

/* Makes sure that `place` names a block; `missing` blocks will be needed if it does not. */
static int ensure_block(struct inode *inode, const struct place *place, uint32_t missing, bool *fresh)
{
    uint32_t block = place->numbers[place->slot];
    *fresh = block == 0;
    if (block != 0)
        return check_block(inode, block);
    if (filesystem.super->free_blocks_count < missing)
        return ERROR_NO_SPACE;
    return fill_place(inode, place);
}

int blockmap_allocate(struct inode *inode, uint64_t index, uint32_t *block, bool *fresh)
{
    struct map_path path;
    if (!find_path(index, &path))
        return ERROR_TOO_BIG;
    struct place place = {NULL, inode->raw->block, path.slots[0]};
    int status = ensure_block(inode, &place, path.depth + 1, fresh);
    for (unsigned level = 1; level <= path.depth && status == OK; level++) {
        status = descend(&place, path.slots[level], *fresh);
        if (status == OK)
            status = ensure_block(inode, &place, path.depth - level + 1, fresh);
    }
    if (status == OK)
        *block = place.numbers[place.slot];
    if (place.holder != NULL)
        cache_put(place.holder);
    return status;
}

/* ---- shrinking ---- */

static int free_place(struct inode *inode, uint32_t *number)
{
    uint32_t block = *number;
    int status = check_block(inode, block);
    if (status == OK && inode->raw->sectors < sectors_per_block())
        status = damaged("inode %u has more blocks than it counts", inode->number);
    if (status != OK)
        return status;
    *number = 0;
    inode_modify(inode);
    inode->raw->sectors -= sectors_per_block();
    return block_free(block);
}

/* A truncation on its way: from the end of the file towards its start. */
struct cut {
    uint64_t keep; /* data blocks that are to stay */
    uint64_t kept; /* data blocks that stay in fact */
    bool is_over;  /* the change has no room for more */
};

static int free_behind(struct inode *inode, uint32_t *number, unsigned depth, uint64_t first, struct cut *cut);

/*
 * Frees what an indirect block names, from its end on; data blocks behind it are numbered from `first`. *left: so many
 * of its slots still name something that stays. A block that goes as a whole is not modified: nobody will read it.
 */
static int free_slots(struct inode *inode, struct buffer *buffer, unsigned depth, uint64_t first, struct cut *cut,
                      uint32_t *left)
{
    uint32_t *numbers = (uint32_t *)buffer->data, slot = pointers_per_block(), child = 0;
    uint64_t span = 1;
    int status = OK;
    for (unsigned level = 1; level < depth; level++)
        span *= pointers_per_block();
    while (slot > 0 && first + slot * span > cut->keep) {
        child = numbers[slot - 1];
        status = free_behind(inode, &child, depth - 1, first + (slot - 1) * span, cut);
        if (status != OK)
            return status;
        if (child != 0)
            break;
        slot--;
    }
    if (slot > 0 && slot < pointers_per_block()) {
        cache_modify(buffer);
        memset(numbers + slot, 0, (pointers_per_block() - slot) * sizeof(*numbers));
    }
    *left = slot;
    return OK;
}

/*
 * Frees what lies behind *number, a block number at `depth` levels above the data, and then the block itself; *number
 * is 0 then. If something has to stay, it keeps its value. Recursion: at most three deep.
 */
static int free_behind(struct inode *inode, uint32_t *number, unsigned depth, uint64_t first, struct cut *cut)
{
    struct buffer *buffer = NULL;
    uint32_t left = 0;
    if (*number == 0 || cut->is_over)
        return OK;
    if (!change_has_room()) {
        cut->is_over = true;
        cut->kept = first + 1;
        return OK;
    }
    int status = check_block(inode, *number);
    if (depth > 0 && status == OK) {
        status = cache_get(*number, &buffer);
        if (status != OK)
            return status;
        cache_flag(buffer, BUFFER_NUMBERS, 0);
        status = free_slots(inode, buffer, depth, first, cut, &left);
    }
    if (status == OK && left == 0 && first >= cut->keep)
        status = free_place(inode, number);
    if (buffer != NULL) /* until now, as the balance counts what goes with it */
        cache_put(buffer);
    return status;
}

int blockmap_truncate(struct inode *inode, uint64_t keep, uint64_t *kept)
{
    uint64_t pointers = pointers_per_block();
    const uint64_t firsts[] = {0, DIRECT_BLOCKS, DIRECT_BLOCKS + pointers,
                               DIRECT_BLOCKS + pointers + pointers * pointers};
    struct cut cut = {.keep = keep, .kept = keep};
    uint32_t *numbers = inode->raw->block;
    int status = OK;
    inode_modify(inode);
    for (unsigned depth = 3; depth >= 1 && status == OK; depth--)
        status = free_behind(inode, &numbers[DIRECT_BLOCKS + depth - 1], depth, firsts[depth], &cut);
    for (uint64_t slot = DIRECT_BLOCKS; slot > keep && status == OK; slot--)
        status = free_behind(inode, &numbers[slot - 1], 0, slot - 1, &cut);
    *kept = cut.kept;
    return status;
}
