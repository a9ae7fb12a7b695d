/*
 * A disk for the host: an image file.
 */
#pragma once

/* After a number of requests a disk may be dead (ERROR_IO), or its power cut: then nothing that is written arrives. */
enum disk_failure { DISK_DEAD = 1, DISK_POWER_CUT = 2 };

void disk_file_use(int descriptor);
void disk_file_fail(enum disk_failure how, unsigned long after);
