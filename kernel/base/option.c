/*
 * Boot options.
 */
#include "kernel/base/option.h"
#include "kernel/x86_64/arch.h"

const char *boot_option(const char *word)
{
    for (const char *place = machine.command_line; *place; place++) {
        unsigned length = 0;

        while (word[length] && place[length] == word[length])
            length++;
        if (!word[length])
            return place + length;
    }
    return 0;
}
