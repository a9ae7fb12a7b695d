/*
 * The boot archive's reader and the archive server's tree. Argument: an archive packed by tools/archive with the files
 * servers/init, manifest, bin/ls, bin/cat and bin/deep/er, each containing its own name.
 */
#include "servers/archive/tree.h"
#include "servers/proto/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct archive_header *archive;
static uint64_t size;

static int find(const char *path, struct tree_node *node)
{
    return tree_find(archive, TREE_ROOT, path, strlen(path), node);
}

static void every_file_is_found_by_its_name(void **state)
{
    (void)state;
    assert_null(boot_archive_check(archive, size));
    assert_int_equal(archive->count, 5);
    for (uint64_t i = 0; i < archive->count; i++) {
        const struct archive_entry *entry = &archive->entries[i];
        struct tree_node node, again;
        assert_ptr_equal(boot_archive_find(archive, entry->name), entry);
        assert_int_equal(entry->size, strlen(entry->name));
        assert_memory_equal(boot_archive_contents(archive, entry), entry->name, entry->size);
        assert_int_equal(find(entry->name, &node), OK);
        assert_true(!node.is_folder && node.entry == entry);
        assert_true(tree_node(archive, node.number, &again) && again.entry == entry);
    }
    assert_null(boot_archive_find(archive, "bin/nothing"));
}

static void paths_are_followed(void **state)
{
    (void)state;
    static const char *const same[] = {"bin",     "/bin",        "bin/",      "./bin/.",
                                       "//bin//", "bin/deep/..", "../../bin", "servers/../bin"};
    struct tree_node bin, node;
    assert_int_equal(find("bin", &bin), OK);
    assert_true(bin.is_folder && bin.length == 3);
    for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_int_equal(find(same[i], &node), OK);
        assert_int_equal(node.number, bin.number);
    }
    assert_int_equal(tree_find(archive, bin.number, "deep/er", 7, &node), OK);
    assert_int_equal(tree_find(archive, bin.number, "/manifest", 9, &node), OK);
    assert_int_equal(find("", &node), OK);
    assert_int_equal(node.number, TREE_ROOT);
    assert_int_equal(find("bi", &node), ERROR_NOT_FOUND);
    assert_int_equal(find("bin/ls/", &node), ERROR_NOT_DIRECTORY);
    assert_int_equal(find("bin/ls/x", &node), ERROR_NOT_DIRECTORY);
    assert_int_equal(find("bin/ls/../cat", &node), ERROR_NOT_DIRECTORY);
    assert_int_equal(find("bin/none/../cat", &node), ERROR_NOT_FOUND);
    assert_int_equal(find("0123456789012345678901234567890123456789012345678901234567890123456789", &node),
                     ERROR_NOT_FOUND);
}

static void list(const char *path, char *names)
{
    struct tree_node folder;
    struct tree_name name;
    uint64_t cursor = 0;
    assert_int_equal(find(path, &folder), OK);
    names[0] = '\0';
    while (tree_next(archive, &folder, &cursor, &name)) {
        strncat(names, name.text, name.length);
        strcat(names, name.node.is_folder ? "/ " : " ");
    }
}

static void a_folder_lists_each_name_once(void **state)
{
    (void)state;
    char names[200];
    list("", names);
    assert_string_equal(names, "servers/ manifest bin/ ");
    list("bin", names);
    assert_string_equal(names, "ls cat deep/ ");
    list("bin/deep", names);
    assert_string_equal(names, "er ");
}

static void only_numbers_of_nodes_are_numbers(void **state)
{
    (void)state;
    struct tree_node node;
    unsigned nodes = 0;
    for (uint32_t number = 0; number < 10000; number++)
        nodes += tree_node(archive, number, &node);
    assert_int_equal(nodes, 5 + 4); /* files; root, servers, bin, bin/deep */
    assert_false(tree_node(archive, 0xffffffff, &node));
    assert_false(tree_node(archive, 0xffffffc0, &node));
}

static void a_damaged_archive_is_refused_or_harmless(void **state)
{
    (void)state;
    struct archive_header *original = archive;
    uint64_t whole = size, refused = 0;
    archive = malloc(whole);
    srand(3);
    for (unsigned i = 0; i < 20000; i++) {
        memcpy(archive, original, whole);
        for (int j = rand() % 4; j >= 0; j--)
            ((unsigned char *)archive)[(unsigned)rand() % 400] = (unsigned char)rand();
        if (boot_archive_check(archive, whole) != NULL) {
            refused++;
            continue;
        }
        struct tree_node node;
        char names[1000];
        list("", names);
        for (uint64_t k = 0; k < archive->count; k++)
            find(archive->entries[k].name, &node);
    }
    assert_true(refused > 0 && refused < 20000);
    for (uint64_t cut = 0; cut < whole; cut += 8) {
        struct archive_header *piece = malloc(cut + 1);
        memcpy(piece, original, cut);
        if (cut < whole - 4096)
            assert_non_null(boot_archive_check(piece, cut));
        free(piece);
    }
    free(archive);
    archive = original;
}

int main(int count, char **arguments)
{
    assert_int_equal(count, 2);
    FILE *file = fopen(arguments[1], "rb");
    assert_non_null(file);
    static char contents[1 << 20];
    size = fread(contents, 1, sizeof(contents), file);
    fclose(file);
    archive = malloc(size); /* of exactly this size, for the sanitizer's sake */
    memcpy(archive, contents, size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found_by_its_name),
        cmocka_unit_test(paths_are_followed),
        cmocka_unit_test(a_folder_lists_each_name_once),
        cmocka_unit_test(only_numbers_of_nodes_are_numbers),
        cmocka_unit_test(a_damaged_archive_is_refused_or_harmless),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(archive);
    return failed;
}
