/*
 * A disk for the host: an image file.
 */
#pragma once
#include <stdio.h>

/*
 * After a number of requests a disk may be dead (ERROR_IO), or its power cut: then nothing that is written arrives. A
 * disk with a cache of its own may have written that in any order: with DISK_REORDERED what follows up to the next
 * flush still arrives, but not what goes to the superblock. A flaky disk refuses `count` requests, done or half done,
 * and then works again.
 */
enum disk_failure { DISK_DEAD = 1, DISK_POWER_CUT, DISK_REORDERED, DISK_FLAKY };

void disk_file_use(int descriptor);
void disk_file_fail(enum disk_failure how, unsigned long after, unsigned long count);

/*
 * Records what reaches the disk, for test_fs_power.py: "W", sector and length in bytes (8 bytes each, little-endian),
 * the data; "F" for a flush; "A" and the number of the command (8 bytes) when it is answered.
 */
void disk_file_record(FILE *to);
void disk_file_answered(unsigned long command);
