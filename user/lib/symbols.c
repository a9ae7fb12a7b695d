#include "user/lib/symbols.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[65536];

/* One line of it. */
struct symbol {
    uint64_t address;
    const char *name;
    int length; /* of the name */
};

bool symbols_load(const char *service)
{
    char path[64];
    snprintf(path, sizeof(path), "/system/symbols/%.16s", service);
    FILE *file = fopen(path, "r");
    text[file ? fread(text, 1, sizeof(text) - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    return text[0] != '\0';
}

/* Takes the line that *next points to apart, and moves on. false at the end. */
static bool next_symbol(const char **next, struct symbol *symbol)
{
    char *name;
    const char *newline = strchr(*next, '\n');
    if (!newline)
        return false;
    symbol->address = strtoul(*next, &name, 16);
    symbol->name = name + 1;
    symbol->length = (int)(newline - symbol->name);
    *next = newline + 1;
    return true;
}

bool symbols_find(const char *name, uint64_t *address)
{
    struct symbol symbol;
    for (const char *next = text; next_symbol(&next, &symbol);) {
        if ((size_t)symbol.length == strlen(name) && memcmp(symbol.name, name, strlen(name)) == 0) {
            *address = symbol.address;
            return true;
        }
    }
    return false;
}

bool symbols_at(uint64_t address, const char **name, int *length, uint64_t *offset)
{
    struct symbol symbol;
    bool found = false;
    for (const char *next = text; next_symbol(&next, &symbol) && symbol.address <= address; found = true) {
        *name = symbol.name;
        *length = symbol.length;
        *offset = address - symbol.address;
    }
    return found;
}
