/* The names of features, and which of them this server knows. */
#include "features.h"
#include "disk.h"
#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct feature {
    uint32_t bit;
    const char *name; /* as mke2fs and dumpe2fs call it */
};

static const struct feature incompatible[] = {
    {0x1, "compression"},
    {0x4, "needs_recovery"},
    {0x8, "journal_dev"},
    {0x10, "meta_bg"},
    {0x40, "extent"},
    {0x80, "64bit"},
    {0x100, "mmp"},
    {0x200, "flex_bg"},
    {0x400, "ea_inode"},
    {0x1000, "dirdata"},
    {0x2000, "metadata_csum_seed"},
    {0x4000, "large_dir"},
    {0x8000, "inline_data"},
    {0x10000, "encrypt"},
    {0x20000, "casefold"},
};

static const struct feature read_only[] = {
    {0x4, "btree_dir"},        {0x8, "huge_file"},    {0x10, "uninit_bg"},
    {0x20, "dir_nlink"},       {0x40, "extra_isize"}, {0x80, "snapshot"},
    {0x100, "quota"},          {0x200, "bigalloc"},   {0x400, "metadata_csum"},
    {0x800, "replica"},        {0x1000, "read-only"}, {0x2000, "project"},
    {0x4000, "shared_blocks"}, {0x8000, "verity"},    {0x10000, "orphan_present"},
};

static void append(char *list, size_t size, const char *name)
{
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

/* Writes the names of all features in `bits`, also of those nobody has named, into `list`. */
static void name_all(uint32_t bits, const struct feature *known, size_t count, char list[256])
{
    list[0] = '\0';
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        char number[32];
        const char *name = number;
        if (!(bits & bit))
            continue;
        snprintf(number, sizeof(number), "unknown feature %x", bit);
        for (size_t i = 0; i < count; i++)
            if (known[i].bit == bit)
                name = known[i].name;
        append(list, 256, name);
    }
}

bool features_allow_reading(const struct ext2_superblock *super)
{
    uint32_t missing = super->incompatible & ~(uint32_t)(INCOMPATIBLE_FILETYPE | INCOMPATIBLE_RECOVER);
    char names[256];
    if (super->revision == 0 || missing == 0)
        return true;
    name_all(missing, incompatible, LENGTH(incompatible), names);
    report("the disk's file system uses what this server does not know: %s", names);
    return false;
}

bool features_allow_writing(const struct ext2_superblock *super)
{
    uint32_t missing = super->read_only_compatible & ~(uint32_t)(READ_ONLY_SPARSE_SUPER | READ_ONLY_LARGE_FILE);
    char names[256];
    if (super->revision == 0)
        return true;
    if (missing != 0) {
        name_all(missing, read_only, LENGTH(read_only), names);
        report("mounted read-only, because this server cannot write: %s", names);
    } else if (super->last_orphan != 0) {
        report("mounted read-only: inode %u was being deleted when the disk was last used", super->last_orphan);
    } else {
        return true;
    }
    return false;
}
