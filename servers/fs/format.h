/*
 * What ext2 looks like on the disk. Everything is little-endian, as this machine is.
 *
 * The disk is an array of blocks of 1, 2 or 4 KiB, cut into groups of (usually) 8 * block size blocks, so that one
 * block of bits can say for every block of a group whether it is in use:
 *
 *   byte 0    1024        first group                                   second group
 *   +---------+-----------+-------------+--------+--------+-------------+-----------+---------+----
 *   | nothing | super-    | group       | block  | inode  | inode table | data      | copies  |
 *   | (boot)  | block     | descriptors | bitmap | bitmap |             | blocks    | or none | ...
 *   +---------+-----------+-------------+--------+--------+-------------+-----------+---------+----
 *
 * An inode is a file without its name: kind, size, times, number of names, and where its blocks are. A directory is
 * a file of records (name, inode number). So a file may have several names, and a rename moves no data.
 *
 * Inode to blocks: i_block[0..11] name the first twelve data blocks; [12] names a block full of block numbers
 * (indirect), [13] a block of such blocks (double), [14] one level more (triple). Number 0 is a hole: it reads as
 * zeros and takes no space.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SUPERBLOCK_OFFSET 1024u /* bytes, whatever the block size */
#define EXT2_MAGIC        0xef53u

struct ext2_superblock {
    uint32_t inodes_count;
    uint32_t blocks_count;
    uint32_t reserved_blocks_count; /* for a superuser; this system has none and lets everybody have them */
    uint32_t free_blocks_count;
    uint32_t free_inodes_count;
    uint32_t first_data_block; /* 1 with blocks of 1 KiB (block 0 holds the boot sector), else 0 */
    uint32_t log_block_size;   /* block size = 1024 << this */
    uint32_t log_fragment_size;
    uint32_t blocks_per_group;
    uint32_t fragments_per_group;
    uint32_t inodes_per_group;
    uint32_t mount_time;
    uint32_t write_time;
    uint16_t mount_count;
    uint16_t mount_count_limit;
    uint16_t magic;
    uint16_t state; /* enum superblock_state */
    uint16_t error_behaviour;
    uint16_t minor_revision;
    uint32_t last_check;
    uint32_t check_interval;
    uint32_t creator;
    uint32_t revision; /* 0: no field below this one counts, except the defaults */
    uint16_t reserved_user;
    uint16_t reserved_group;
    uint32_t first_inode; /* the first that a file may have */
    uint16_t inode_size;
    uint16_t block_group;
    uint32_t compatible;           /* features: unknown ones do not matter */
    uint32_t incompatible;         /* unknown ones: hands off */
    uint32_t read_only_compatible; /* unknown ones: reading is safe, writing is not */
    uint8_t identifier[16];
    char volume_name[16];
    char last_mounted[64];
    uint32_t compression;
    uint8_t preallocate_blocks, preallocate_directory_blocks;
    uint16_t reserved_descriptor_blocks; /* room for the descriptors to grow into, with resize_inode */
    uint8_t journal_identifier[16];
    uint32_t journal_inode, journal_device;
    uint32_t last_orphan; /* ext3: first of a list of inodes that were being deleted */
    uint8_t other[0x24c - 0xec];
    uint32_t backup_groups[2]; /* sparse_super2 */
    uint8_t rest[1024 - 0x254];
};
_Static_assert(sizeof(struct ext2_superblock) == 1024, "a superblock has 1024 bytes");
_Static_assert(offsetof(struct ext2_superblock, last_orphan) == 0xe8, "superblock layout");

enum superblock_state { STATE_CLEAN = 1, STATE_ERRORS = 2 };

enum compatible_feature {
    COMPATIBLE_JOURNAL = 0x4,
    COMPATIBLE_SPARSE_SUPER2 = 0x200,
};
enum incompatible_feature {
    INCOMPATIBLE_FILETYPE = 0x2, /* directory records tell the kind of the file */
    INCOMPATIBLE_RECOVER = 0x4,  /* the journal holds changes that the disk lacks */
};
enum read_only_feature {
    READ_ONLY_SPARSE_SUPER = 0x1, /* superblock copies only in groups 0, 1 and powers of 3, 5 and 7 */
    READ_ONLY_LARGE_FILE = 0x2,   /* some file has 2 GiB or more */
};

struct ext2_group {
    uint32_t block_bitmap, inode_bitmap, inode_table; /* block numbers */
    uint16_t free_blocks_count, free_inodes_count, used_directories_count;
    uint16_t flags;
    uint32_t reserved[3];
};
_Static_assert(sizeof(struct ext2_group) == 32, "a group descriptor has 32 bytes");

#define ROOT_INODE          2u
#define REVISION0_FIRST     11u
#define INODE_SIZE_SMALLEST 128u
#define DIRECT_BLOCKS       12u
#define BLOCK_POINTERS      15u /* 12 direct, indirect, double, triple */
#define LINKS_LIMIT         32000u

struct ext2_inode {
    uint16_t mode; /* kind << 12 | permissions */
    uint16_t user;
    uint32_t size; /* low half */
    uint32_t access_time, change_time, modify_time, delete_time;
    uint16_t group;
    uint16_t links_count; /* names; 0 = free */
    uint32_t sectors;     /* of 512 bytes, indirect and attribute blocks included */
    uint32_t flags;
    uint32_t version;
    uint32_t block[BLOCK_POINTERS]; /* of a short symbolic link: the target itself; of a device: its number */
    uint32_t generation;
    uint32_t attributes; /* a block of extended attributes */
    uint32_t size_high;  /* regular files, from revision 1 */
    uint32_t fragment;
    uint16_t fragment_number, reserved;
    uint16_t user_high, group_high;
    uint32_t reserved2;
    /* only if the file system's inodes have more than 128 bytes: */
    uint16_t extra_size; /* how many bytes below are in use */
    uint16_t checksum_high;
    uint32_t change_time_extra, modify_time_extra; /* bits 0..1: bits 32..33 of the time; the rest: nanoseconds */
};
_Static_assert(offsetof(struct ext2_inode, extra_size) == INODE_SIZE_SMALLEST, "the old part of an inode");
#define INODE_EXTRA_SIZE 32u /* what new inodes get, as mke2fs does */

enum inode_flag {
    INODE_INDEXED = 0x1000, /* a directory with a hash tree, see directory.c */
    INODE_EXTENTS = 0x80000,
    INODE_INLINE = 0x10000000,
};

/* A block of extended attributes may be shared by several inodes. */
#define ATTRIBUTES_MAGIC 0xea020000u
struct ext2_attributes {
    uint32_t magic;
    uint32_t references;
};

/* A record of a directory. Records fill each block exactly: the last one's length reaches to the block's end. */
struct ext2_entry {
    uint32_t inode;  /* 0: an unused record */
    uint16_t length; /* of the record, a multiple of 4, at least 8 + name_length */
    uint8_t name_length;
    uint8_t type; /* 0 without the feature filetype: then this is the high byte of the name's length */
    char name[];
};
#define ENTRY_HEADER     8u
#define ENTRY_SIZE(name) ((ENTRY_HEADER + (name) + 3u) & ~3u)
