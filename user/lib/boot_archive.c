#include "user/lib/boot_archive.h"
#include "kernel/abi/layout.h"
#include <string.h>

static const char *entry_check(const struct archive_entry *entry, uint64_t size)
{
    if (entry->name[0] == '\0' || memchr(entry->name, '\0', ARCHIVE_NAME) == NULL)
        return "a name is empty or does not end";
    if (entry->offset % PAGE_SIZE != 0)
        return "contents do not start on a page boundary";
    if (entry->offset > size || entry->size > size - entry->offset)
        return "contents reach past the archive's end";
    return NULL;
}

const char *boot_archive_check(const struct archive_header *archive, uint64_t size)
{
    if (size < sizeof(*archive) || archive->magic != ARCHIVE_MAGIC)
        return "it does not start with the archive's magic number";
    if (archive->count > (size - sizeof(*archive)) / sizeof(struct archive_entry))
        return "its table of contents reaches past its end";
    for (uint64_t i = 0; i < archive->count; i++) {
        const char *problem = entry_check(&archive->entries[i], size);
        if (problem != NULL)
            return problem;
    }
    return NULL;
}

const struct archive_entry *boot_archive_find(const struct archive_header *archive, const char *name)
{
    for (uint64_t i = 0; i < archive->count; i++) {
        if (strcmp(archive->entries[i].name, name) == 0)
            return &archive->entries[i];
    }
    return NULL;
}

const void *boot_archive_contents(const struct archive_header *archive, const struct archive_entry *entry)
{
    return (const char *)archive + entry->offset;
}
