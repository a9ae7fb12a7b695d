/*
 * Features: bits in the superblock for what was added to ext2 later. Each belongs to one of three sets, which tell a
 * reader who does not know it what it may still do (format.h).
 */
#pragma once
#include "format.h"
#include <stdbool.h>

/* Whether the file system can be read. If not, names what is missing, in one report. */
bool features_allow_reading(const struct ext2_superblock *super);

/* Whether it may be written, too. If not, names the reason, in one report. */
bool features_allow_writing(const struct ext2_superblock *super);
