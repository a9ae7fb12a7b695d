/*
 * sha256sum: SHA-256 sums of files, of standard input, or with -r of all regular files in a folder, sorted by path.
 */
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/inputs.h"
#include "user/lib/option.h"
#include "user/lib/sha256.h"
#include "user/lib/strings.h"
#include "user/lib/tree.h"
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: sha256sum [FILE...]\n"
                            "       sha256sum -r FOLDER...\n"
                            "Prints the SHA-256 sum of each file; -r: of all regular files below the folders.\n";

static int print_sum(void *context, int descriptor, const char *name)
{
    (void)context;
    static char buffer[65536];
    struct sha256 sum;
    uint8_t digest[SHA256_SIZE];
    long length;
    sha256_start(&sum);
    while ((length = read(descriptor, buffer, sizeof(buffer))) > 0)
        sha256_add(&sum, buffer, (size_t)length);
    if (length < 0)
        return (int)length;
    sha256_finish(&sum, digest);
    for (unsigned i = 0; i < SHA256_SIZE; i++)
        printf("%02x", digest[i]);
    printf("  %s\n", name);
    return OK;
}

struct collection {
    struct strings paths;
    int result; /* exit status */
};

static void collect(void *context, const char *path, enum tree_event event, int detail)
{
    struct collection *collection = context;
    if (event == TREE_FAILED)
        collection->result |= complain(path, detail);
    else if (event == TREE_FILE && detail == KIND_FILE && !strings_add(&collection->paths, path))
        exit(complain(path, E_QUOTA));
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "r", usage);
    struct collection collection = {0};
    bool recursive = false;
    while (option_next(&options))
        recursive = true;
    if (!recursive)
        return inputs_process(options.operands, print_sum, 0);
    for (; *options.operands; options.operands++)
        tree_walk(*options.operands, collect, &collection);
    strings_sort(&collection.paths);
    if (collection.paths.count > 0)
        collection.result |= inputs_process(collection.paths.items, print_sum, 0);
    return collection.result;
}
