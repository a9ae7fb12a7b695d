/*
 * Mounting, and the life of a mount: changes, commits, rest.
 *
 * With a journal (journal.h) a crash leaves every operation done or not begun. Without one the superblock says "clean"
 * while nothing is being changed: the first change after a sync takes that mark away, durably, before anything else
 * reaches the disk; a sync writes everything, and only then the mark. So a disk that says "clean" is consistent,
 * whenever the power fails, and one that does not needs e2fsck.
 */
#include "alloc.h"
#include "batch.h"
#include "change.h"
#include "disk.h"
#include "features.h"
#include "filesystem.h"
#include "group.h"
#include "inode.h"
#include "journal.h"
#include "ledger.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include "sum.h"
#include "superblock.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define DAMAGE_REPORTS 10 /* a damaged disk must not flood the console */

struct filesystem filesystem;
static uint64_t seal; /* of what does not change in it */

static uint64_t seal_of_filesystem(void)
{
    return sum_bytes(0, (const uint8_t *)&filesystem, offsetof(struct filesystem, read_only));
}

/* ---- mounting ---- */

/* Decides whether the mount may write, and says so if not. */
static bool may_write(const struct ext2_superblock *super, const struct disk *disk)
{
    if (disk->read_only) {
        report("mounted read-only: the disk cannot be written");
        return false;
    }
    if (super->state & STATE_ERRORS) {
        report("mounted read-only: errors were found in this file system before; check it with e2fsck");
        return false;
    }
    if (!features_allow_writing(super))
        return false;
    if (super->incompatible & INCOMPATIBLE_RECOVER && !(super->compatible & COMPATIBLE_JOURNAL))
        return false; /* report_read_only() says it */
    if (!filesystem.was_clean)
        report("the file system was not left clean; check it with e2fsck");
    return true;
}

static int check_root(void)
{
    struct inode root;
    int status = inode_get(ROOT_INODE, &root);
    if (status != OK)
        return status == ERROR_STALE ? damaged("there is no root directory") : status;
    bool is_directory = inode_kind(&root) == KIND_DIRECTORY;
    inode_put(&root);
    return is_directory ? OK : damaged("inode %u is not the root directory", ROOT_INODE);
}

/* Says what it means that nothing will be written. */
static void report_read_only(const struct ext2_superblock *super)
{
    if (super->incompatible & INCOMPATIBLE_RECOVER)
        report("mounted read-only: the journal holds changes that the disk lacks (needs_recovery)");
}

/* With a checked superblock in `memory`: up to where the journal is known. *writes: whether the mount may write. */
static int load(void *memory, size_t bytes, const struct disk *disk, bool *writes)
{
    struct filesystem *fs = &filesystem;
    superblock_adopt(memory);
    batch_setup(fs->block_size, disk->largest_piece);
    int status = cache_start(memory, bytes, fs->block_size);
    if (status == OK)
        status = cache_get(SUPERBLOCK_OFFSET / fs->block_size, &fs->super_buffer);
    if (status != OK)
        return status;
    fs->super = (void *)(fs->super_buffer->data + SUPERBLOCK_OFFSET % fs->block_size);
    fs->read_only = true; /* until everything is known to be in order */
    fs->was_clean = ledger_is_inherited() ? ledger_was_clean() : fs->was_clean;
    status = groups_load();
    if (status != OK)
        return status;
    *writes = may_write(fs->super, disk);
    if (*writes)
        status = journal_open();
    *writes = *writes && status == OK;
    return status == ERROR_NOT_SUPPORTED || status == ERROR_DAMAGED ? OK : status;
}

/* The last part, with an empty journal or none. */
static int finish(bool writes)
{
    struct filesystem *fs = &filesystem;
    unsigned limit = (journal_is_on() ? journal_limit() : cache_buffers()) / 4 * 3;
    int status = change_start(limit < CHANGE_BLOCKS ? limit : CHANGE_BLOCKS, fs->block_size);
    if (status == OK)
        status = check_root();
    if (status == OK && writes && journal_is_on())
        status = journal_clear_mark();
    if (status != OK)
        return status;
    fs->read_only = !writes;
    fs->is_serving = true;
    seal = seal_of_filesystem();
    /* what a predecessor did not bring to rest is for us to bring there */
    fs->changed = writes && (journal_is_on() ? journal_is_active() : fs->was_clean && fs->super->state != STATE_CLEAN);
    if (!writes)
        report_read_only(fs->super);
    else if (!journal_is_on())
        report("the file system has no journal: should the power fail, check it with e2fsck");
    return OK;
}

/* Reads the superblock, and mounts. `may_replay`: false if that was tried. */
static int mount(void *memory, size_t bytes, const struct disk *disk, bool may_replay)
{
    const uint64_t sector = SUPERBLOCK_OFFSET / DISK_SECTOR;
    const uint32_t length = sizeof(struct ext2_superblock);
    struct disk_piece piece = {sector, memory, length, disk_seal(sector, memory, length)};
    bool writes = false;
    alloc_committed();
    free(filesystem.layout);
    filesystem = (struct filesystem){0};
    int status = disk_read(&piece, 1);
    if (status != OK) {
        report("the disk's superblock cannot be read");
        return status;
    }
    status = superblock_check(memory, disk->sectors);
    if (status == OK)
        status = load(memory, bytes, disk, &writes);
    if (status != OK || !writes || !journal_needs_replay())
        return status == OK ? finish(writes) : status;
    if (!may_replay)
        return finish(false);
    status = ledger_is_inherited() ? journal_resume() : ERROR_NOT_SUPPORTED;
    if (status == OK) {
        free(filesystem.layout);
        status = groups_load();
        return status == OK ? finish(true) : status;
    }
    status = journal_replay();
    return status == ERROR_IO ? status : mount(memory, bytes, disk, status == OK);
}

int filesystem_mount(void *memory, size_t bytes)
{
    struct disk disk;
    int status = disk_open(&disk);
    if (status != OK) {
        report("there is no disk");
        return status;
    }
    if (disk.sectors < 2 * SUPERBLOCK_OFFSET / DISK_SECTOR) {
        report("the disk holds no ext2 file system");
        return ERROR_NOT_SUPPORTED;
    }
    return mount(memory, bytes, &disk, true);
}

/* ---- changes ---- */

/* Without a journal: writes everything, durably; between operations. */
static int write_all(void)
{
    int status = cache_write(CACHE_ALL);
    if (status == OK)
        status = batch_flush();
    if (status != OK)
        return status;
    cache_confirm(CACHE_ALL);
    ledger_committed();
    return OK;
}

/* Takes the mark "clean" away before anything else is written. */
static int mark_in_use(void)
{
    struct filesystem *fs = &filesystem;
    if (fs->changed)
        return OK;
    return superblock_mark(false, STATE_CLEAN, 0);
}

int filesystem_change(void)
{
    struct filesystem *fs = &filesystem;
    if (fs->read_only)
        return ERROR_READ_ONLY;
    if (change_is_open())
        return OK;
    int status = ledger_has_room() ? OK : filesystem_flush();
    if (status == OK)
        status = cache_throttle();
    if (status == OK)
        status = journal_is_on() ? journal_begin() : mark_in_use();
    if (status != OK)
        return status;
    fs->changed = fs->pending = true;
    change_open();
    return OK;
}

int filesystem_answer(int status, const struct answer *answer)
{
    if (!change_is_open())
        return status;
    if (seal != seal_of_filesystem())
        give_up("what the superblock says is not known any more");
    status = status == OK ? change_check() : status;
    if (status == OK) {
        change_record();
        ledger_enter(answer);
        change_keep(journal_is_on());
    } else {
        ledger_cancel();
        change_undo();
    }
    journal_settle(status == OK);
    return status;
}

int filesystem_end(int status)
{
    return filesystem_answer(status, &no_answer);
}

/* ---- durability ---- */

int filesystem_flush(void)
{
    int status = journal_is_on() ? journal_commit() : write_all();
    filesystem.pending = filesystem.pending && status != OK;
    return status;
}

/* The same, without a journal: and then the mark "clean", if it was there at mount. */
static int write_all_and_mark(void)
{
    struct filesystem *fs = &filesystem;
    int status = write_all();
    if (status != OK || !fs->was_clean || fs->damaged)
        return status;
    return superblock_mark(false, 0, STATE_CLEAN);
}

int filesystem_sync(void)
{
    struct filesystem *fs = &filesystem;
    if (!fs->changed)
        return OK;
    int status = journal_is_on() ? journal_rest() : write_all_and_mark();
    fs->changed = fs->changed && status != OK;
    fs->pending = fs->pending && status != OK;
    return status;
}

/* ---- time, damage ---- */

uint32_t filesystem_now(void)
{
    uint32_t now = disk_now();
    return now > filesystem.super->write_time ? now : filesystem.super->write_time;
}

int damaged(const char *format, ...)
{
    static unsigned reports;
    _Alignas(8) char text[FINDING] = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (filesystem.is_serving && !filesystem.damaged && !ledger_confirms(text))
        give_up("%s: the disk is damaged, or this server, which the next one will see", text);
    if (reports++ < DAMAGE_REPORTS)
        report("the disk is damaged: %s", text);
    if (!filesystem.read_only)
        report("the file system is read-only from now on; check it with e2fsck");
    filesystem.read_only = true;
    filesystem.damaged = true;
    return ERROR_DAMAGED;
}
