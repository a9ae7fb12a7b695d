/*
 * The manifest's parser (servers/init/manifest.c, words.c) and the clock's arithmetic (clock.c). Argument: the
 * manifest.
 */
#include "servers/init/clock.h"
#include "servers/init/manifest.h"
#include "servers/init/words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static char real[20000];
static uint64_t real_size;
static struct manifest manifest;

/* What the last manifest was told: the first complaint, and how many there were. */
static char complaint[400];
static unsigned complaints;

static void note(unsigned line, const char *problem, const char *word)
{
    if (complaints++ == 0)
        snprintf(complaint, sizeof(complaint), "%u: %s %s", line, problem, word);
}

static void parse(const char *text, uint64_t size)
{
    complaints = 0;
    complaint[0] = '\0';
    /* a copy without a zero behind it, so that the sanitizer sees a parser that reads on */
    char *copy = malloc(size);
    memcpy(copy, text, size);
    manifest_parse(copy, size, &manifest, note);
    free(copy);
}

static const struct server *find(const char *name)
{
    for (unsigned i = 0; i < manifest.server_count; i++) {
        if (strcmp(manifest.servers[i].name, name) == 0)
            return &manifest.servers[i];
    }
    return NULL;
}

static const struct grant *find_grant(const char *server, const char *name)
{
    const struct server *found = find(server);
    assert_non_null(found);
    for (unsigned i = 0; i < found->grant_count; i++) {
        if (strcmp(found->grants[i].name, name) == 0)
            return &found->grants[i];
    }
    return NULL;
}

static void the_real_manifest_is_sound(void **state)
{
    (void)state;
    parse(real, real_size);
    assert_string_equal(complaint, "");
    assert_string_equal(manifest.program, "/system/bin/session");
    assert_true(manifest.program_debugs);
    assert_int_equal(find("console")->priority, 24);
    assert_int_equal(find_grant("process", "estate")->first, MANIFEST_REST);
    assert_string_equal(manifest.servers[3].name, "fs");
    assert_int_equal(find("fs")->after, 1 << 2);
    assert_string_equal(manifest.servers[2].name, "block");
    for (unsigned i = 0; i < manifest.server_count; i++)
        assert_in_range(manifest.servers[i].heartbeat, 1000, 60000);
    const struct grant *root = find_grant("process", "root");
    assert_int_equal(root->kind, GRANT_USE);
    assert_string_equal(manifest.endpoints[root->endpoint], "fs");
    assert_int_equal(root->first, 0x0700000000000002);
    assert_int_equal(find_grant("console", "serial")->first, 0x3f8);
    assert_int_equal(find_grant("console", "serial")->second, 8);
    assert_int_equal(find_grant("fs", "buffers")->first, 4 << 20);
    assert_int_equal(find_grant("process", "init")->endpoint, MANIFEST_INIT);
}

/* Every server gets exactly what it needs: whoever adds a line here has to say so twice. */
static void nobody_has_ports_or_roots_but_the_drivers(void **state)
{
    (void)state;
    parse(real, real_size);
    for (unsigned i = 0; i < manifest.server_count; i++) {
        const struct server *server = &manifest.servers[i];
        bool may = strcmp(server->name, "console") == 0 || strcmp(server->name, "pci") == 0;
        for (unsigned j = 0; j < server->grant_count; j++) {
            enum grant_kind kind = server->grants[j].kind;
            bool is_device = kind != GRANT_SERVE && kind != GRANT_USE && kind != GRANT_MEMORY && kind != GRANT_KEPT &&
                             kind != GRANT_ESTATE && kind != GRANT_ARCHIVE;
            assert_true(may || !is_device);
        }
    }
}

#define COMPLAINS(text, expected)                                                                                      \
    do {                                                                                                               \
        parse(text, strlen(text));                                                                                     \
        assert_string_equal(complaint, expected);                                                                      \
    } while (0)

static void a_wrong_line_is_named_and_left_out(void **state)
{
    (void)state;
    COMPLAINS("", "0: there is no server in it ");
    COMPLAINS("# only words\n\n", "0: there is no server in it ");
    COMPLAINS("server a\nquota 1M\nsreve a\n", "3: no line starts with sreve");
    COMPLAINS("server a\nquota 1M\nports 1 as b\n", "3: this should read: ports NUMBER NUMBER as NAME");
    COMPLAINS("server a\nquota 1M\nports 0xfff8 9 as b\n", "3: ports go from 0 to 0xffff ");
    COMPLAINS("server a\nquota 1M\nirq 16 as b\n", "3: interrupts go from 0 to 15 ");
    COMPLAINS("server a\nquota 1M\npriority 32\n", "3: priorities go from 0 to 31 ");
    COMPLAINS("server a\nquota 1M\nmemory 5M dma as b\n", "3: DMA memory comes in whole pages, 4K to 4M ");
    COMPLAINS("server a\nquota 1M\nmemory 65M kept as b\n", "3: kept memory comes in whole pages, 4K to 64M ");
    COMPLAINS("server a\nquota 1M\nmemory 100 kept as b\n", "3: kept memory comes in whole pages, 4K to 64M ");
    COMPLAINS("server a\nquota 1M\nmemory 4K for as b\n", "3: this should read: memory SIZE dma as NAME");
    COMPLAINS("server a\nquota 1M\nheartbeat 0\n", "3: a heartbeat takes 1 to 600000 milliseconds ");
    COMPLAINS("server a\nquota 1M\nafter a\n", "3: no server above has the name a");
    COMPLAINS("server a\nquota 1M\nafter b\nserver b\nquota 1M\n", "3: no server above has the name b");
    COMPLAINS("server a\nquota much\n", "2: this should read: quota SIZE");
    COMPLAINS("server a\nquota 99999999999999999999M\n", "2: this should read: quota SIZE");
    COMPLAINS("server a\nserve x\nserve x\nquota 1M\n", "3: somebody serves this already: x");
    COMPLAINS("server a\nserve init\nquota 1M\n", "2: somebody serves this already: init");
    COMPLAINS("server a\nirqs as x\nirqs as x\nquota 1M\n", "3: the server has this name already: x");
    COMPLAINS("server a\nquota 1M\nserver a\n", "3: this server is there already: a");
    COMPLAINS("server sixteen-letters-\nquota 1M\n", "1: this should read: server NAME");
    COMPLAINS("quota 1M\n", "1: this belongs below a server: quota");
    COMPLAINS("server a\nquota 1M\nuse nothing badge 1 as x\n", "1: nobody serves nothing");
    COMPLAINS("server a\n", "1: no quota for server a");
    COMPLAINS("server a\nquota 1M\nprogram /a\nprogram /b\n", "4: a second program: /b");
    COMPLAINS("1 2 3 4 5 6 7 8 9\n", "1: the line is too long ");
}

/* The lines around a wrong one count; those of a server that is left out do not, and are not complained about. */
static void the_rest_of_the_manifest_counts(void **state)
{
    (void)state;
    COMPLAINS("server a\nquota 1M\nnonsense\npriority 3\nserver a\nquota 2M\nserver b\nuse c badge 7 as d\nquota 4K\n"
              "server c\nserve c\nquota 1K",
              "3: no line starts with nonsense");
    assert_int_equal(complaints, 2);
    assert_int_equal(manifest.server_count, 3);
    assert_int_equal(find("a")->priority, 3);
    assert_int_equal(find("a")->quota, 1 << 20);
    assert_int_equal(find_grant("b", "d")->first, 7);
    assert_string_equal(manifest.endpoints[find_grant("b", "d")->endpoint], "c");
}

static void check_bounds(void)
{
    assert_true(manifest.server_count <= MANIFEST_SERVERS && manifest.endpoint_count <= MANIFEST_ENDPOINTS);
    assert_true(memchr(manifest.program, '\0', MANIFEST_PATH) != NULL);
    for (unsigned i = 0; i < manifest.server_count; i++) {
        const struct server *server = &manifest.servers[i];
        assert_true(server->grant_count <= MANIFEST_GRANTS && server->priority < 32);
        assert_true(memchr(server->name, '\0', MANIFEST_NAME) != NULL);
        for (unsigned j = 0; j < server->grant_count; j++) {
            assert_true(server->grants[j].endpoint < manifest.endpoint_count);
            assert_true(memchr(server->grants[j].name, '\0', MANIFEST_NAME) != NULL);
        }
    }
}

static void a_damaged_manifest_is_read_all_the_same(void **state)
{
    (void)state;
    static char text[sizeof(real)];
    srand(2);
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t size = rand() % 4 ? real_size : (unsigned)rand() % real_size + 1;
        memcpy(text, real, size);
        for (int j = rand() % 60; j >= 0; j--)
            text[(unsigned)rand() % size] = rand() % 3 ? real[(unsigned)rand() % real_size] : (char)rand();
        parse(text, size);
        check_bounds();
    }
}

static void more_than_fits_is_complained_about(void **state)
{
    (void)state;
    static char text[40000];
    int length = 0;
    for (unsigned i = 0; i < 30; i++) {
        length += snprintf(text + length, sizeof(text) - (unsigned)length, "server s%u\nquota 1M\n", i);
        for (unsigned j = 0; j < 30; j++)
            length += snprintf(text + length, sizeof(text) - (unsigned)length, "serve e%u.%u\n", i, j);
    }
    parse(text, (unsigned)length);
    assert_true(complaints > 0);
    check_bounds();
}

/* ---- the clock ---- */

static uint8_t decimal(int value)
{
    return (uint8_t)(value / 10 * 16 + value % 10);
}

static void the_clock_agrees_with_the_host(void **state)
{
    (void)state;
    for (time_t t = 946684800; t < 4102444800; t += 86400 * 3 + 3607) {
        struct tm tm;
        gmtime_r(&t, &tm);
        int hour = tm.tm_hour % 12 == 0 ? 12 : tm.tm_hour % 12;
        struct clock_registers binary = {(uint8_t)tm.tm_sec,
                                         (uint8_t)tm.tm_min,
                                         (uint8_t)tm.tm_hour,
                                         (uint8_t)tm.tm_mday,
                                         (uint8_t)(tm.tm_mon + 1),
                                         (uint8_t)(tm.tm_year - 100),
                                         2 | 4};
        struct clock_registers half_days = {decimal(tm.tm_sec),
                                            decimal(tm.tm_min),
                                            (uint8_t)(decimal(hour) | (tm.tm_hour >= 12 ? 0x80 : 0)),
                                            decimal(tm.tm_mday),
                                            decimal(tm.tm_mon + 1),
                                            decimal(tm.tm_year - 100),
                                            0};
        assert_int_equal(clock_to_seconds(binary), t);
        assert_int_equal(clock_to_seconds(half_days), t);
    }
}

static void a_clock_without_a_date_reads_zero(void **state)
{
    (void)state;
    assert_int_equal(clock_to_seconds((struct clock_registers){255, 255, 255, 255, 255, 255, 255}), 0);
    assert_int_equal(clock_to_seconds((struct clock_registers){0, 0, 0, 0, 0, 0, 0}), 0);
}

int main(int count, char **arguments)
{
    assert_int_equal(count, 2);
    FILE *file = fopen(arguments[1], "rb");
    assert_non_null(file);
    real_size = fread(real, 1, sizeof(real), file);
    fclose(file);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_manifest_is_sound),
        cmocka_unit_test(nobody_has_ports_or_roots_but_the_drivers),
        cmocka_unit_test(a_wrong_line_is_named_and_left_out),
        cmocka_unit_test(the_rest_of_the_manifest_counts),
        cmocka_unit_test(a_damaged_manifest_is_read_all_the_same),
        cmocka_unit_test(more_than_fits_is_complained_about),
        cmocka_unit_test(the_clock_agrees_with_the_host),
        cmocka_unit_test(a_clock_without_a_date_reads_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
