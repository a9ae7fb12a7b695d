/*
 * What files look like in listings.
 */
#include "user/lib/file_text.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <string.h>

void file_permissions(const struct file_status *status, char text[FILE_PERMISSIONS])
{
    static const char kinds[16] = {
        [KIND_PIPE] = 'p', [KIND_CHARACTER] = 'c', [KIND_DIRECTORY] = 'd', [KIND_BLOCK] = 'b',
        [KIND_FILE] = '-', [KIND_LINK] = 'l',      [KIND_SOCKET] = 's'};
    strcpy(text, "?rwxrwxrwx");
    if (kinds[status->kind & 15])
        text[0] = kinds[status->kind & 15];
    for (unsigned i = 0; i < 9; i++)
        if (!(status->permissions & 1u << (8 - i)))
            text[1 + i] = '-';
}

void file_time(uint64_t seconds, char text[FILE_TIME])
{
    struct calendar c = calendar_from_seconds(seconds);
    snprintf(text, FILE_TIME, "%04u-%02u-%02u %02u:%02u:%02u", c.year % 10000, c.month, c.day, c.hour, c.minute,
             c.second);
}
