/*
 * Streams: what is buffered and when it is written; lines; what becomes of a failed write. Paths, too.
 */
#include "servers/proto/error.h"
#include "tests/host/lib/fakes.h"
#include "user/lib/path.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const struct fake_file *file, const char *text)
{
    return file->length == strlen(text) && memcmp(file->bytes, text, file->length) == 0;
}

static void test_full_buffering(void)
{
    fakes_reset();
    printf("one\ntwo %d\n", 2);
    putchar('x');
    assert(fake_writes == 0);
    fflush(stdout);
    assert(fake_writes == 1 && is(&fake_output, "one\ntwo 2\nx"));
    fprintf(stderr, "%s%s", "at ", "once");
    assert(fake_writes == 2 && is(&fake_error, "at once"));
}

/* Opens, writes a text, closes. */
static void write_file(const char *path, const char *mode, const char *text)
{
    FILE *file = fopen(path, mode);
    assert(file);
    size_t written = fwrite(text, 1, strlen(text), file);
    int closed = fclose(file);
    assert(written == strlen(text) && closed == 0);
}

static void test_files(void)
{
    char line[3], *text = 0;
    size_t size = 0;
    write_file("/new", "w", "lost");
    write_file("/new", "w", "one\n");
    write_file("/new", "a", "two\n");
    FILE *file = fopen("/new", "r");
    assert(file);
    assert(strcmp(fgets(line, sizeof(line), file), "on") == 0);
    assert(getline(&text, &size, file) == 2 && strcmp(text, "e\n") == 0);
    assert(getline(&text, &size, file) == 4 && strcmp(text, "two\n") == 0);
    assert(getline(&text, &size, file) == -1 && feof(file) && fgetc(file) == EOF && ferror(file) == 0);
    free(text);
    fclose(file);
    file = fopen("/none", "r");
    assert(!file);
    file = fopen("/new", "x");
    assert(!file);
}

static void test_long_lines(void)
{
    char *text = 0;
    size_t size = 0;
    fake_input.length = 3000;
    memset(fake_input.bytes, 'a', 3000);
    fake_input.bytes[2500] = '\n';
    assert(getline(&text, &size, stdin) == 2501 && text[2500] == '\n' && text[2501] == 0);
    assert(getline(&text, &size, stdin) == 499);
    free(text);
}

static void test_failed_write(void)
{
    fake_write_failure = -ERROR_NO_SPACE;
    FILE *file = fopen("/full", "w");
    assert(fputs("lost", file) == 0); /* still in the buffer */
    assert(fflush(file) == EOF && ferror(file) == -ERROR_NO_SPACE);
    int more = fputs("more", file), closed = fclose(file);
    assert(more == EOF && closed == EOF);
    fake_write_failure = OK;
}

static void check_path(const char *path, const char *expected)
{
    char absolute[PATH_SIZE];
    assert(path_absolute(path, absolute) == OK && strcmp(absolute, expected) == 0);
}

static void test_paths(void)
{
    char joined[PATH_SIZE], absolute[PATH_SIZE], text[2 * PATH_SIZE];
    struct place place;
    check_path("/", "/");
    check_path("/a//b/./c/", "/a/b/c");
    check_path("../../a/../b/..", "/");
    check_path("a/...", "/a/...");
    fake_files[20] = (struct fake_file){0};
    memset(text, 'a', sizeof(text));
    text[PATH_SIZE] = 0;
    assert(path_absolute(text, absolute) == -ERROR_NAME_TOO_LONG && path_absolute("", absolute) == -ERROR_NOT_FOUND);
    assert(path_resolve("/system/bin/ls", &place) == OK && place.server == 2 && strcmp(place.path, "/bin/ls") == 0);
    assert(path_resolve("/system/", &place) == OK && place.server == 2 && strcmp(place.path, "/") == 0);
    assert(path_resolve("/systematic", &place) == OK && place.server == 1);
    assert(path_resolve("/system/../x", &place) == OK && place.server == 1 && strcmp(place.path, "/x") == 0);
    assert(path_join(joined, "/", "x") == OK && strcmp(joined, "/x") == 0);
    assert(path_join(joined, "a", "b") == OK && strcmp(joined, "a/b") == 0);
    assert(strcmp(path_name("/a/b"), "b") == 0 && strcmp(path_name("b"), "b") == 0 && !strcmp(path_name("/"), "/"));
}

int main(void)
{
    test_full_buffering();
    test_files();
    test_long_lines();
    test_failed_write();
    test_paths();
    return 0;
}
