/*
 * A disk for the host: an image file.
 */
#pragma once
#include <stdbool.h>

/*
 * After a number of requests a disk may be dead (ERROR_IO), or its power cut: then nothing that is written arrives. A
 * disk with a cache of its own may have written that in any order: with DISK_REORDERED what follows up to the next
 * flush still arrives, but not what goes to the superblock. A flaky disk refuses `count` requests, done or half done,
 * and then works again.
 */
enum disk_failure { DISK_DEAD = 1, DISK_POWER_CUT, DISK_REORDERED, DISK_FLAKY };

/*
 * Uses an image; false if that is not possible. `is_private`: what is written does not reach the file. `record`: a file
 * for what reaches the disk, or NULL.
 */
bool disk_file_use(const char *image, bool is_private, const char *record);
void disk_file_fail(enum disk_failure how, unsigned long after, unsigned long count);

/*
 * The record, for fs_power.py: "W", sector and length in bytes (8 bytes each, little-endian), the data; "F" for a
 * flush; "A" and the number of the command (8 bytes) when it is answered.
 */
void disk_file_answered(unsigned long command);

/* Copies the disk to a new file; false if that is not possible. */
bool disk_file_save(const char *name);
