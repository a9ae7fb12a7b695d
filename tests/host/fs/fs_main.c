/* fs_tool's options and its loop; fs_tool.h explains them. */
#define _GNU_SOURCE
#include "death.h"
#include "disk_file.h"
#include "fs_tool.h"
#include "servers/fs/disk.h"
#include "servers/fs/filesystem.h"
#include "servers/fs/ledger_format.h"
#include "servers/proto/error.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINE         16384
#define MOST         20000 /* commands */
#define LEDGER_BYTES (4u << 20)
#define SAVE_EVERY   16

static struct {
    const char *image, *record, *folder;
    size_t cache_bytes;
    bool has_ledger;
    unsigned deaths;
    void *cache, *ledger;
    char *commands[MOST];
    unsigned count;
    unsigned next; /* the command that is being served */
    jmp_buf end_of_life;
} tool;

static bool parse(int count, char *arguments[])
{
    if (count < 3)
        return false;
    tool.image = arguments[1];
    tool.cache_bytes = strtoul(arguments[2], NULL, 0);
    for (int i = 3; i < count; i++) {
        if (strcmp(arguments[i], "--ledger") == 0)
            tool.has_ledger = true;
        else if (strcmp(arguments[i], "--record") == 0 && i + 1 < count)
            tool.record = arguments[++i];
        else if (strcmp(arguments[i], "--deaths") == 0 && i + 1 < count)
            tool.deaths = (unsigned)strtoul(arguments[++i], NULL, 0);
        else if (strcmp(arguments[i], "--save") == 0 && i + 1 < count)
            tool.folder = arguments[++i];
        else
            return false;
    }
    return true;
}

static void read_commands(void)
{
    static char line[LINE];
    while (tool.count < MOST && fgets(line, sizeof(line), stdin) != NULL)
        tool.commands[tool.count++] = strdup(line);
}

void tool_succeed(void)
{
    if (!tool.has_ledger)
        exit(4);
    printf("again\n");
    longjmp(tool.end_of_life, 1);
}

uint8_t *records_unlock(uint64_t offset, uint64_t length)
{
    (void)length;
    death_step();
    return (uint8_t *)tool.ledger + LEDGER_HEADER + offset;
}

void records_lock(void)
{
    death_step();
}

/* A server's life: takes over what it finds, and serves from the next command on. */
static void live(void)
{
    char line[LINE];
    uint8_t *records = tool.has_ledger ? (uint8_t *)tool.ledger + LEDGER_HEADER : NULL;
    ledger_open(tool.ledger, records, LEDGER_BYTES - LEDGER_HEADER);
    int status = filesystem_mount(tool.cache, tool.cache_bytes);
    if (status == OK)
        status = ledger_redo();
    printf("%d %d\n", status, filesystem.read_only);
    for (; status == OK && tool.next < tool.count; tool.next++) {
        strcpy(line, tool.commands[tool.next]);
        tool_run(line, tool.has_ledger ? tool.next + 1 : 0);
        death_step(); /* done, and not answered */
        disk_file_answered(tool.next);
    }
}

/* The server died at this step: what its successor makes of the rest, with a head line that says where it was. */
static void succeed(unsigned long step)
{
    char name[4096];
    printf("death %lu %u\n", step, tool.next);
    live();
    printf("end\n");
    snprintf(name, sizeof(name), "%s/%lu", tool.folder, step);
    if (tool.folder != NULL && step % SAVE_EVERY == 0 && !disk_file_save(name))
        _exit(5);
}

int main(int argument_count, char *arguments[])
{
    if (!parse(argument_count, arguments) || !disk_file_use(tool.image, tool.deaths > 0, tool.record))
        return 2;
    tool.cache = aligned_alloc(4096, tool.cache_bytes);
    read_commands();
    if (tool.has_ledger)
        tool.ledger = mmap(NULL, LEDGER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (tool.cache == NULL || tool.ledger == MAP_FAILED)
        return 2;
    death_start(tool.deaths, tool.ledger, LEDGER_BYTES, succeed);
    setjmp(tool.end_of_life); /* every life begins here */
    live();
    return 0;
}
