#include "servers/console/firmware.h"
#include <string.h>

#define NAME_SIZE    56   /* bytes in an entry, zero-terminated */
#define MOST_ENTRIES 4096 /* more is not a directory */

/* All numbers in the directory have their most significant byte first. */
static uint32_t read_number(firmware_read *read, void *context, unsigned bytes)
{
    uint32_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | read(context);
    return value;
}

bool firmware_find(firmware_read *read, void *context, const char *name, struct firmware_file *file)
{
    uint32_t count = read_number(read, context, 4);
    for (uint32_t i = 0; i < count && count <= MOST_ENTRIES; i++) {
        char entry_name[NAME_SIZE + 1] = "";
        file->size = read_number(read, context, 4);
        file->selector = (uint16_t)read_number(read, context, 2);
        read_number(read, context, 2); /* reserved */
        for (unsigned j = 0; j < NAME_SIZE; j++)
            entry_name[j] = (char)read(context);
        if (strcmp(entry_name, name) == 0)
            return true;
    }
    return false;
}
