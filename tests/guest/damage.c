/*
 * A damaged server ends before it keeps or tells anything that cannot be, and its clients notice nothing but time.
 */
#include "check.h"
#include "program.h"
#include "servers/console/serial.h"
#include "user/lib/file.h"
#include "user/lib/supervisor.h"
#include "user/lib/symbols.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define REGISTER(name)        (offsetof(struct registers, name) / sizeof(uint64_t))
#define VECTOR_INVALID_OPCODE 6 /* what abort() executes */

/* Nothing happens. */
static const struct injection nothing = {
    .code_and = ~0ul, .value_and = ~0ul, .changed = NO_REGISTER, .base = NO_REGISTER, .index = NO_REGISTER};

static unsigned damaged; /* generation of the server that is */

/* Something happens when the server comes to the beginning of a function. */
static bool damage(const char *server, const char *function, struct injection injection)
{
    struct service_record record;
    int index = service_find(server, &record);
    damaged = record.generation;
    return symbols_load(server) && symbols_find(function, &injection.address) &&
           service_inject(index, &injection) == OK;
}

/* A function's first argument (rdi) or second (rsi) is another. */
static bool damage_value(const char *server, const char *function, unsigned char argument, unsigned long flip)
{
    struct injection injection = nothing;
    injection.changed = argument;
    injection.value_xor = flip;
    return damage(server, function, injection);
}

/* A bit of what a register points to, its first argument (rdi) or second (rsi), flips. */
static bool damage_argument(const char *server, const char *function, unsigned char base, long displacement,
                            unsigned long flip)
{
    struct injection injection = nothing;
    injection.base = base;
    injection.displacement = displacement;
    injection.memory_xor = flip;
    return damage(server, function, injection);
}

/* Did the server end itself? Then the first who called abort() is the function that found it. */
static bool ended_itself(const char *server, const char *function)
{
    struct service_record record;
    struct service_end end;
    const char *name;
    int length;
    uint64_t offset;
    int index = service_find(server, &record);
    bool ended = service_last_end(index, &end) == OK && end.injection == INJECTION_HAPPENED &&
                 end.reason == REASON_FAULT && end.detail == VECTOR_INVALID_OPCODE && end.caller_count > 0;
    return ended && symbols_at(end.callers[0] - 1, &name, &length, &offset) &&
           strncmp(name, function, (size_t)length) == 0;
}

static char *const true_arguments[] = {"true", 0};

static void a_record_that_cannot_be_is_not_kept(void)
{
    /* of the record that is to be kept: its number */
    CHECK(damage_argument("process", "child_runs", REGISTER(rdi), 0, 1 << 5));
    CHECK(run(true_arguments, false) == EXIT_SUCCESS);
    CHECK(ended_itself("process", "store"));
    CHECK(run(true_arguments, false) == EXIT_SUCCESS);
}

/* ---- the console: its bytes go nowhere else ---- */

/* Does the console end itself in `function`, over a bit of its first argument at the beginning of `at`? */
static bool console_ends(const char *at, long displacement, unsigned long flip, const char *function)
{
    return damage_argument("console", at, REGISTER(rdi), displacement, flip) && puts("a line") >= 0 &&
           fflush(stdout) == 0 && ended_itself("console", function);
}

static void nothing_is_printed_elsewhere_or_twice(void)
{
    CHECK(console_ends("serial_transmit", offsetof(struct serial, input), 1 << 4, "sealed"));
    CHECK(console_ends("serial_transmit", offsetof(struct serial, base), 1, "sealed"));
    CHECK(console_ends("outgoing_put", offsetof(struct outgoing, ring.put), 1 << 13, "outgoing_put"));
    CHECK(console_ends("outgoing_begin", offsetof(struct outgoing, ring.taken), 1 << 2, "outgoing_begin"));
}

/* ---- the file server: what it did is not what it was asked to do ---- */

/* Did it find that out, and end? */
static bool gave_up(void)
{
    struct service_record record;
    struct service_end end;
    return service_last_end(service_find("fs", &record), &end) == OK && record.generation == damaged + 1 &&
           end.injection == INJECTION_HAPPENED && end.reason == REASON_EXIT && end.detail == EXIT_FAILURE;
}

#define PLACE 4096u

static bool create(const char *path, unsigned length, char byte)
{
    char bytes[64];
    memset(bytes, byte, sizeof(bytes));
    int file = open(path, FS_WRITE | FS_CREATE | FS_TRUNCATE, 0644);
    bool good = file >= 0;
    for (unsigned done = 0; done < length && good; done += sizeof(bytes))
        good = write(file, bytes, sizeof(bytes)) == sizeof(bytes);
    return close(file) == OK && good;
}

/* Is it of this length, and does this byte stand at its start and at PLACE? */
static bool holds(const char *path, uint64_t length, char first, char at_place)
{
    struct file_status status;
    char found[2] = {0};
    int file = open(path, FS_READ, 0);
    bool good = fstat(file, &status) == OK && status.size == length && read(file, &found[0], 1) == 1;
    good = good && (length <= PLACE || (seek(file, PLACE) == OK && read(file, &found[1], 1) == 1));
    close(file);
    return good && found[0] == first && (length <= PLACE || found[1] == at_place);
}

static void nothing_is_written_to_another_place(void)
{
    CHECK(create("/w", 2 * PLACE, 'a'));
    int file = open("/w", FS_WRITE, 0);
    CHECK(damage_value("fs", "file_write", REGISTER(rsi), PLACE)); /* the offset */
    CHECK(write(file, "b", 1) == 1);
    CHECK(close(file) == OK && gave_up());
    CHECK(holds("/w", 2 * PLACE, 'b', 'a'));
}

/* Is a file cut where it should be, although the second argument of this function is another? */
static bool is_cut_right(const char *path, const char *function, unsigned long flip)
{
    if (!create(path, 3 * PLACE, 't'))
        return false;
    int file = open(path, FS_WRITE, 0);
    bool good = damage_value("fs", function, REGISTER(rsi), flip) && ftruncate(file, PLACE + 1) == OK;
    return close(file) == OK && good && gave_up() && holds(path, PLACE + 1, 't', 't');
}

static void a_file_is_not_cut_elsewhere(void)
{
    CHECK(is_cut_right("/t", "file_truncate", PLACE)); /* the length */
}

static void a_file_is_not_cut_too_far(void)
{
    CHECK(is_cut_right("/k", "blockmap_truncate", 3)); /* blocks to keep: 2 */
}

static void what_changes_nothing_does_not_become_what_does(void)
{
    struct injection injection = nothing;
    uint64_t from, to;
    CHECK(create("/s", 2 * PLACE, 's'));
    int file = open("/s", FS_WRITE, 0);
    CHECK(symbols_load("fs") && symbols_find("service_sync", &from) && symbols_find("service_truncate", &to));
    injection.code_and = ~0xfffffffffful;
    injection.code_xor = 0xe9 | (uint64_t)(uint32_t)(to - from - 5) << 8; /* jmp to it */
    CHECK(damage("fs", "service_sync", injection));
    CHECK(fsync(file) == OK);
    CHECK(close(file) == OK && gave_up());
    CHECK(holds("/s", 2 * PLACE, 's', 's'));
}

static void another_file_is_not_removed(void)
{
    struct file_status status;
    CHECK(create("/p", 64, 'p') && create("/q", 64, 'q'));
    CHECK(damage_argument("fs", "namespace_unlink", REGISTER(rsi), 1, 'p' ^ 'q')); /* of the path */
    CHECK(unlink("/p") == OK);
    CHECK(gave_up());
    CHECK(stat("/p", &status) == -ERROR_NOT_FOUND);
    CHECK(holds("/q", 64, 'q', 0));
}

static void a_directory_lies_in_its_own_block(void)
{
    struct file_status status;
    CHECK(damage_value("fs", "cache_get_new", REGISTER(rdi), 1 << 4)); /* the block */
    CHECK(mkdir("/d", 0755) == OK);
    CHECK(gave_up());
    CHECK(stat("/d/..", &status) == OK && status.inode == 2);
}

/* ---- the file server: nothing older is given up for what is not there ---- */

/* Is what was written durable in the end, although the server is damaged on the way to the disk? */
static bool is_kept(const char *path, char byte)
{
    return sync() == OK && gave_up() && holds(path, 2 * PLACE, byte, byte);
}

static void nothing_is_given_up_that_was_not_written(void)
{
    struct injection injection = nothing;
    injection.code_and = ~0xfffffful;
    injection.code_xor = 0xc3c031; /* xor eax, eax; ret: as if everything were written */
    CHECK(create("/n", 2 * PLACE, 'n'));
    CHECK(damage("fs", "cache_write", injection));
    CHECK(is_kept("/n", 'n'));
}

static void nothing_is_written_to_another_block(void)
{
    CHECK(create("/b", 2 * PLACE, 'b'));
    CHECK(damage_value("fs", "batch_add", REGISTER(rsi), 64)); /* the block */
    CHECK(is_kept("/b", 'b'));
}

static void nothing_is_asked_of_the_disk_that_was_not_looked_at(void)
{
    CHECK(create("/a", 2 * PLACE, 'a'));
    CHECK(damage_argument("fs", "disk_write", REGISTER(rdi), 16, PLACE)); /* of the first piece: its length */
    CHECK(is_kept("/a", 'a'));
}

static void a_transaction_that_recovery_would_not_find_does_not_count(void)
{
    CHECK(create("/l", 2 * PLACE, 'l'));
    CHECK(damage_value("fs", "log_write", REGISTER(rdi), 64)); /* its number */
    CHECK(is_kept("/l", 'l'));
}

static void a_record_that_a_successor_would_not_take_does_not_count(void)
{
    CHECK(mkdir("/r", 0755) == OK);
    CHECK(damage_value("fs", "ledger_freed", REGISTER(rdi), 1 << 30)); /* the block */
    CHECK(rmdir("/r") == OK);
    CHECK(gave_up());
    CHECK(mkdir("/r", 0755) == OK);
}

#define RECORDS (HEAP_BASE + (10ul << 20)) /* lies among the ledger's records: servers/fs/records.c maps them third */

static void a_wild_store_does_not_reach_the_ledger(void)
{
    struct service_record record;
    struct service_end end;
    struct injection injection = nothing;
    injection.changed = REGISTER(rdi);
    injection.value_and = 0;
    injection.value_xor = RECORDS;
    CHECK(damage("fs", "memset", injection));
    CHECK(mkdir("/e", 0755) == OK);
    CHECK(service_last_end(service_find("fs", &record), &end) == OK && record.generation == damaged + 1);
    CHECK(end.reason == REASON_FAULT && end.address - RECORDS < PAGE_SIZE);
}

static void nothing_else_changes_in_a_block_that_is_marked(void)
{
    const unsigned char places[] = {REGISTER(rdi), REGISTER(rsi)}; /* the block, and how it is marked */
    for (unsigned i = 0; i < 2; i++) {
        CHECK(sync() == OK);
        CHECK(damage_argument("fs", "amend_superblock", places[i], 0, 1 << 2));
        CHECK(create("/m", 64, 'm')); /* the disk is not at rest any more */
        CHECK(gave_up());
        CHECK(sync() == OK && holds("/m", 64, 'm', 0));
    }
}

int main(void)
{
    RUN(a_record_that_cannot_be_is_not_kept);
    RUN(nothing_is_printed_elsewhere_or_twice);
    RUN(nothing_is_written_to_another_place);
    RUN(a_file_is_not_cut_elsewhere);
    RUN(a_file_is_not_cut_too_far);
    RUN(what_changes_nothing_does_not_become_what_does);
    RUN(another_file_is_not_removed);
    RUN(a_directory_lies_in_its_own_block);
    RUN(nothing_is_given_up_that_was_not_written);
    RUN(nothing_is_written_to_another_block);
    RUN(nothing_is_asked_of_the_disk_that_was_not_looked_at);
    RUN(a_transaction_that_recovery_would_not_find_does_not_count);
    RUN(a_record_that_a_successor_would_not_take_does_not_count);
    RUN(a_wild_store_does_not_reach_the_ledger);
    RUN(nothing_else_changes_in_a_block_that_is_marked);
    return finish();
}
