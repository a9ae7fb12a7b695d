/*
 * Clients that mean no good: each server gets requests of any shape, again and again with the same sequence numbers,
 * while another thread changes the memory that is lent with them, and takes it away. No server may end of it.
 */
#include "check.h"
#include "kernel/abi/layout.h"
#include "servers/proto/console.h"
#include "servers/proto/process.h"
#include "user/lib/file.h"
#include "user/lib/memory.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/supervisor.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include <string.h>

#define REQUESTS 2000
#define PATIENCE (1 * MILLISECOND) /* with a request that is parked */
#define PAGES    2ul

static uint64_t state;

static uint64_t roll(uint64_t count)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % count;
}

/* ---- the memory that is never the same ---- */

static char *fickle;
static handle_t memory;

static void change(void *unused)
{
    static const char *const texts[] = {"/system/bin/ls", "hostile", "..", "/nowhere/at/all"};
    (void)unused;
    for (uint64_t i = 0;; i++) {
        if (sys_map(SELF, memory, fickle, 0, PAGES, RIGHT_READ | RIGHT_WRITE) == OK) {
            for (unsigned n = 0; n < 50; n++)
                strcpy(fickle, texts[n % 4]);
            sys_unmap(SELF, memory);
        }
    }
}

/* ---- requests ---- */

static uint64_t any_word(void)
{
    static const uint64_t words[] = {0, 1, 2, 3, 14, 100, 4096, 8193, ~0ul, ~0ul - 4095, 1ul << 63, 0xffffffff};
    return words[roll(sizeof(words) / sizeof(words[0]))];
}

/* Mostly one of a server's own operations, which are numbered from `base`; all understand those of io.h. */
static uint32_t any_label(uint32_t base)
{
    uint64_t kind = roll(20);
    return kind == 0 ? (uint32_t)any_word() : kind < 10 ? 0x100 + (uint32_t)roll(6) : base + (uint32_t)roll(16);
}

/* One request. Left out is what other programs would suffer from, as they should: the end of the job, and a kill. */
static void ask(handle_t server, uint32_t base)
{
    struct message m = message(any_label(base));
    if (m.label == CONSOLE_JOB_END || m.label == PROCESS_KILL)
        return;
    m.word_count = roll(4) ? 8 : (uint8_t)roll(9);
    for (unsigned i = 0; i < 8; i++)
        m.words[i] = any_word();
    m.words[7] = roll(4);
    for (unsigned i = (unsigned)roll(3); i > 0; i--)
        message_lend(&m, fickle + roll(3) * 2000, roll(4) ? roll(9000) : any_word(), roll(4) ? 3 : (unsigned)roll(4));
    if (roll(4) == 0)
        message_give(&m, memory, 0);
    m.accept = roll(2);
    if (ipc_request(server, &m, sys_clock() + PATIENCE) == OK && m.capability_count > 0)
        sys_cap_delete(SELF, message_taken(&m, 0));
}

static unsigned generation(const char *name)
{
    struct service_record record;
    return service_find(name, &record) >= 0 ? record.generation : 0;
}

/* Whether the server of this name is still the same after many requests through these capabilities. */
static bool survives(const char *name, uint32_t base, handle_t first, handle_t second)
{
    unsigned before = generation(name);
    state = before;
    for (unsigned i = 0; i < REQUESTS; i++)
        ask(i % 2 && second ? second : first, base);
    return before > 0 && generation(name) == before;
}

static void the_console(void)
{
    struct message m = message(CONSOLE_MODE);
    bool good = survives("console", 0x400, startup_capability("error"), startup_capability("job"));
    m.word_count = 1;
    m.words[0] = CONSOLE_COOKED;
    CHECK(request_repeat(startup_capability("error"), &m) == OK);
    CHECK(good);
}

static void the_file_server(void)
{
    int file = open("/hostile.file", FS_READ | FS_WRITE | FS_CREATE, 0644);
    CHECK(file >= 0);
    CHECK(survives("fs", 0x200, startup_capability("root"), descriptor_handle(file)));
    close(file);
}

static void the_archive(void)
{
    int file = open("/system/manifest", FS_READ, 0);
    CHECK(file >= 0);
    CHECK(survives("archive", 0x200, startup_capability("system"), descriptor_handle(file)));
    close(file);
}

static void the_bus(void)
{
    CHECK(survives("pci", 0x600, startup_capability("pci"), 0));
}

static void the_process_server(void)
{
    CHECK(survives("process", 0x500, startup_capability("process"), 0));
}

int main(void)
{
    fickle = address_reserve(PAGES);
    if (sys_memory_create(SELF, PAGES, 0, &memory) != OK || thread_start(change, 0, thread_priority()) != OK)
        return 2;
    RUN(the_console);
    RUN(the_file_server);
    RUN(the_archive);
    RUN(the_bus);
    RUN(the_process_server);
    return finish();
}
