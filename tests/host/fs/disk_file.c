/* The functions of disk.h over an image file, with three ways to go wrong; disk_file.h says which. */
#define _GNU_SOURCE
#include "disk_file.h"
#include "servers/fs/disk.h"
#include "servers/proto/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUPERBLOCK_SECTOR 2

static int file;
static unsigned long requests, limit = ~0ul, failures;
static enum disk_failure failure;
static FILE *record; /* or NULL */

void disk_file_use(int descriptor)
{
    file = descriptor;
}

void disk_file_fail(enum disk_failure how, unsigned long after, unsigned long count)
{
    failure = how;
    limit = requests + after;
    failures = count;
}

void disk_file_record(FILE *to)
{
    record = to;
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

int disk_open(struct disk *disk)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return ERROR_NO_DEVICE;
    *disk = (struct disk){.sectors = (uint64_t)status.st_size / DISK_SECTOR, .largest_piece = 65536};
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

int disk_read(const struct disk_piece *pieces, unsigned count)
{
    requests++;
    if (is_over(DISK_DEAD) || is_refused())
        return ERROR_IO;
    for (unsigned i = 0; i < count; i++)
        if (pread(file, pieces[i].memory, pieces[i].length, (off_t)(pieces[i].sector * DISK_SECTOR)) !=
            (ssize_t)pieces[i].length)
            return ERROR_IO;
    return OK;
}

int disk_write(const struct disk_piece *pieces, unsigned count)
{
    requests++;
    if (is_over(DISK_DEAD))
        return ERROR_IO;
    if (is_over(DISK_POWER_CUT))
        return OK;
    if (is_refused())
        count /= 2;
    for (unsigned i = 0; i < count; i++) {
        if (is_over(DISK_REORDERED) && pieces[i].sector <= SUPERBLOCK_SECTOR)
            continue;
        record_write(&pieces[i]);
        if (pwrite(file, pieces[i].memory, pieces[i].length, (off_t)(pieces[i].sector * DISK_SECTOR)) !=
            (ssize_t)pieces[i].length)
            return ERROR_IO;
    }
    return is_refused() ? ERROR_IO : OK;
}

int disk_flush(void)
{
    requests++;
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

void report(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
