/* The functions of disk.h over an image file, with three ways to go wrong; disk_file.h says which. */
#define _GNU_SOURCE
#include "disk_file.h"
#include "death.h"
#include "fs_tool.h"
#include "servers/fs/disk.h"
#include "servers/proto/error.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUPERBLOCK_SECTOR 2

static uint8_t *disk;
static uint64_t size; /* bytes */
static unsigned long requests, limit = ~0ul, failures;
static enum disk_failure failure;
static FILE *record; /* or NULL */

bool disk_file_use(const char *image, bool is_private, const char *record_name)
{
    struct stat status;
    int file = open(image, O_RDWR | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        return false;
    size = (uint64_t)status.st_size;
    if (size > 0)
        disk = mmap(NULL, size, PROT_READ | PROT_WRITE, is_private ? MAP_PRIVATE : MAP_SHARED, file, 0);
    record = record_name != NULL ? fopen(record_name, "w") : NULL;
    close(file);
    return disk != MAP_FAILED && (record != NULL) == (record_name != NULL);
}

bool disk_file_save(const char *name)
{
    FILE *copy = fopen(name, "w");
    return copy != NULL && fwrite(disk, size, 1, copy) == 1 && fclose(copy) == 0;
}

void disk_file_fail(enum disk_failure how, unsigned long after, unsigned long count)
{
    failure = how;
    limit = requests + after;
    failures = count;
}

void disk_file_answered(unsigned long command)
{
    if (record == NULL)
        return;
    fputc('A', record);
    fwrite(&command, sizeof(command), 1, record);
}

static void record_write(const struct disk_piece *piece)
{
    uint64_t numbers[2] = {piece->sector, piece->length};
    if (record == NULL)
        return;
    fputc('W', record);
    fwrite(numbers, sizeof(numbers), 1, record);
    fwrite(piece->memory, piece->length, 1, record);
}

int disk_open(struct disk *found)
{
    *found = (struct disk){.sectors = size / DISK_SECTOR, .largest_piece = 65536};
    return OK;
}

static bool is_over(enum disk_failure how)
{
    return failure == how && requests >= limit;
}

/* Whether this request is one that a flaky disk refuses. */
static bool is_refused(void)
{
    return is_over(DISK_FLAKY) && requests < limit + failures;
}

/* The place of a piece on the disk; NULL if it is not there. */
static uint8_t *place_of(const struct disk_piece *piece)
{
    uint64_t offset = piece->sector * DISK_SECTOR;
    return offset <= size && piece->length <= size - offset ? disk + offset : NULL;
}

int disk_read(const struct disk_piece *pieces, unsigned count)
{
    requests++;
    death_step();
    if (is_over(DISK_DEAD) || is_refused())
        return ERROR_IO;
    for (unsigned i = 0; i < count; i++) {
        if (place_of(&pieces[i]) == NULL)
            return ERROR_IO;
        memcpy(pieces[i].memory, place_of(&pieces[i]), pieces[i].length);
    }
    return OK;
}

static int write_piece(const struct disk_piece *piece)
{
    uint8_t *place = place_of(piece);
    if (is_over(DISK_REORDERED) && piece->sector <= SUPERBLOCK_SECTOR)
        return OK;
    if (place == NULL)
        return ERROR_IO;
    record_write(piece);
    memcpy(place, piece->memory, piece->length);
    return OK;
}

int disk_write(const struct disk_piece *pieces, unsigned count)
{
    unsigned wanted = count;
    int status = OK;
    requests++;
    death_step();
    if (is_over(DISK_DEAD))
        return ERROR_IO;
    if (is_over(DISK_POWER_CUT))
        return OK;
    if (is_refused())
        wanted = count / 2;
    for (unsigned i = 0; i < wanted && status == OK; i++) {
        if (i == count / 2 && i > 0)
            death_step();
        status = write_piece(&pieces[i]);
    }
    death_step();
    return wanted < count ? ERROR_IO : status;
}

int disk_flush(void)
{
    requests++;
    death_step();
    if (record != NULL)
        fputc('F', record);
    if (is_over(DISK_REORDERED))
        failure = DISK_POWER_CUT;
    return is_over(DISK_DEAD) || is_refused() ? ERROR_IO : OK;
}

uint32_t disk_now(void)
{
    return (uint32_t)time(NULL);
}

void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("gives up: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    tool_succeed();
}

void report(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
