/*
 * Reading the boot archive (format: kernel/abi/bootinfo.h). The archive came from a boot loader: it is input.
 *
 * Life cycle: map the archive, boot_archive_check() once, then look things up; what passed the check stays true,
 * because the archive never changes. Pure: no system calls, also built on the host for tests.
 */
#pragma once
#include "kernel/abi/bootinfo.h"
#include <stdbool.h>
#include <stdint.h>

/*
 * Does the archive keep its own rules? `size` bytes are readable at `archive`, which is aligned to 8. Afterwards every
 * name ends with a zero and every entry's contents lie inside the archive. Returns NULL, or a sentence about the first
 * rule that is broken.
 */
const char *boot_archive_check(const struct archive_header *archive, uint64_t size);

/* The entry with this name, NULL if there is none. `archive` has been checked. */
const struct archive_entry *boot_archive_find(const struct archive_header *archive, const char *name);

/* The first byte of an entry's contents, page-aligned if the archive is. */
const void *boot_archive_contents(const struct archive_header *archive, const struct archive_entry *entry);
