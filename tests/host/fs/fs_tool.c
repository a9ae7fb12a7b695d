/* The commands of fs_tool; fs_tool.h explains them. */
#include "fs_tool.h"
#include "disk_file.h"
#include "servers/fs/file.h"
#include "servers/fs/link.h"
#include "servers/fs/namespace.h"
#include "servers/proto/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS     6
#define TREE_PATH 4096
#define TREE_MOST 20000      /* files: a damaged tree may have circles */
#define TREE_READ (64 << 20) /* bytes of one file: a damaged one may have a size of terabytes */

static struct answer current; /* to the command that runs */
static unsigned word_count;
static char *words[WORDS];

static unsigned long number(unsigned i)
{
    return strtoul(words[i], NULL, 0);
}

/* The end of a command that may have changed something; `words` are known by now. */
static int end(int status)
{
    return filesystem_answer(status, current.sender != 0 ? &current : &no_answer);
}

/* Decodes a path in place. */
static struct name path(unsigned i)
{
    char *to = words[i];
    for (const char *from = words[i]; *from != '\0'; to++) {
        unsigned byte = (unsigned char)*from;
        if (byte == '%' && sscanf(from + 1, "%2x", &byte) == 1)
            from += 2;
        *to = (char)byte;
        from++;
    }
    return (struct name){words[i], (unsigned)(to - words[i])};
}

static void print_bytes(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        printf(is_plain ? "%c" : "%%%02x", c);
    }
}

/* ---- transfers ---- */

/* A CRC-32 of what is read. */
static int sum(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    static uint32_t table[256];
    uint32_t *crc = context;
    (void)offset;
    for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
        table[i] = i;
        for (unsigned bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    for (uint64_t i = 0; i < length; i++)
        *crc = *crc >> 8 ^ table[(*crc ^ ((uint8_t *)bytes)[i]) & 0xff];
    return OK;
}

/* What a transfer is about: with a seed, and where it continues. */
struct pattern {
    unsigned seed;
    uint64_t start;
};

/* The pattern that a seed stands for; it repeats after 64 KiB. */
static int fill(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    const struct pattern *pattern = context;
    offset += pattern->start;
    for (uint64_t i = 0; i < length; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(pattern->seed + (offset + i) + ((offset + i) >> 8) * 31);
    return OK;
}

/* A client that dies: its memory is gone after 5000 bytes. */
static int vanish(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    return offset + length <= 5000 ? fill(context, offset, bytes, length) : ERROR_MALFORMED;
}

/* ---- commands ---- */

/* open FLAGS MODE PATH: inode, generation */
static void command_open(void)
{
    struct inode inode;
    int status = namespace_open(ROOT_INODE, path(3), (unsigned)number(1), (unsigned)number(2), &inode);
    if (status == OK) {
        current.word_count = 2;
        current.words[0] = inode.number;
        current.words[1] = inode_generation(&inode);
    }
    status = end(status);
    printf("%d", status);
    if (status != OK)
        return;
    printf(" %u %u", inode.number, inode_generation(&inode));
    inode_put(&inode);
}

/* write PATH OFFSET LENGTH SEED; offset "end" appends. Goes on after a short write, as a client does. */
static void write_with(int (*move)(void *, uint64_t, void *, uint64_t))
{
    struct pattern pattern = {(unsigned)number(4), 0};
    struct transfer transfer = {move, &pattern};
    struct inode inode;
    uint64_t done = 0;
    int status = namespace_open(ROOT_INODE, path(1), FS_WRITE, 0, &inode);
    if (status == OK) {
        uint64_t offset = strcmp(words[2], "end") == 0 ? inode_size(&inode) : number(2), length = number(3);
        do {
            status = file_write(&inode, offset + pattern.start, length - pattern.start, &transfer, &done);
            current.word_count = 1;
            current.words[0] = done;
            status = end(status);
            pattern.start += status == OK ? done : 0;
        } while (status == OK && pattern.start < length);
        inode_put(&inode);
    }
    bool is_full = (status == ERROR_NO_SPACE || status == ERROR_TOO_BIG) && pattern.start > 0;
    printf("%d %lu", is_full ? OK : status, (unsigned long)pattern.start);
}

static void command_write(void)
{
    write_with(fill);
}

static void command_write_vanish(void)
{
    write_with(vanish);
}

static int read_sum(struct inode *inode, uint64_t offset, uint64_t length, uint64_t *done, uint32_t *crc)
{
    struct transfer transfer = {sum, crc};
    *crc = ~0u;
    int status = file_read(inode, offset, length, &transfer, done);
    *crc = ~*crc;
    return status;
}

static void command_read(void)
{
    struct inode inode;
    uint64_t done = 0;
    uint32_t crc = 0;
    int status = namespace_open(ROOT_INODE, path(1), FS_READ, 0, &inode);
    if (status == OK) {
        status = read_sum(&inode, number(2), number(3), &done, &crc);
        inode_put(&inode);
    }
    printf("%d %lu %u", status, (unsigned long)done, crc);
}

static void command_truncate(void)
{
    struct inode inode;
    int status = namespace_open(ROOT_INODE, path(1), FS_WRITE, 0, &inode);
    if (status == OK) {
        status = end(file_truncate(&inode, number(2)));
        inode_put(&inode);
    }
    printf("%d", status);
}

static void command_unlink(void)
{
    printf("%d", end(namespace_unlink(ROOT_INODE, path(1))));
}

static void command_mkdir(void)
{
    printf("%d", end(namespace_make_directory(ROOT_INODE, path(1), 0755)));
}

static void command_rmdir(void)
{
    printf("%d", end(namespace_remove_directory(ROOT_INODE, path(1))));
}

static void command_rename(void)
{
    printf("%d", end(namespace_rename(ROOT_INODE, path(1), path(2))));
}

static void command_link(void)
{
    printf("%d", end(namespace_link(ROOT_INODE, path(1), path(2))));
}

static void command_symlink(void)
{
    printf("%d", end(namespace_symbolic_link(ROOT_INODE, path(1), path(2))));
}

static void command_readlink(void)
{
    char target[FS_PATH];
    uint64_t length = 0;
    int status = namespace_read_link(ROOT_INODE, path(1), target, sizeof(target), &length);
    printf("%d ", status);
    print_bytes(target, status == OK ? length : 0);
}

/* status PATH: size, mode, links, modified, sectors, inode */
static void command_status(void)
{
    struct inode inode;
    int status = namespace_find(ROOT_INODE, path(1), word_count > 2, &inode);
    printf("%d", status);
    if (status != OK)
        return;
    printf(" %lu %o %u %u %u %u", (unsigned long)inode_size(&inode), inode.raw->mode, inode.raw->links_count,
           inode.raw->modify_time, inode.raw->sectors, inode.number);
    inode_put(&inode);
}

static void command_time(void)
{
    printf("%d", end(namespace_set_time(ROOT_INODE, path(1), (uint32_t)number(2))));
}

static void command_space(void)
{
    const struct ext2_superblock *super = filesystem.super;
    printf("0 %u %u %u %d", filesystem.block_size, super->free_blocks_count, super->free_inodes_count,
           filesystem.read_only);
}

static void command_sync(void)
{
    printf("%d", filesystem_sync());
}

static void command_flush(void)
{
    printf("%d", filesystem_flush());
}

/* fail dead|cut|reordered|flaky AFTER COUNT */
static void command_fail(void)
{
    static const char *const ways[] = {"", "dead", "cut", "reordered", "flaky"};
    unsigned way = DISK_FLAKY;
    while (way > 0 && strcmp(ways[way], words[1]) != 0)
        way--;
    disk_file_fail((enum disk_failure)way, number(2), number(3));
    printf("0");
}

/* flip N BYTE BIT: of the N-th block in memory, behind the server's back. Which block that is. */
static void command_flip(void)
{
    struct buffer *buffer = NULL;
    for (unsigned long n = number(1) + 1; n > 0; n--)
        while ((buffer = cache_next(buffer, BUFFER_HASHED)) == NULL)
            continue; /* round again */
    buffer->data[number(2)] ^= (uint8_t)(1u << number(3));
    printf("0 %u", buffer->block);
}

/* spoil BLOCK BYTE BIT: as an operation does it that goes wrong */
static void command_spoil(void)
{
    struct buffer *buffer;
    int status = filesystem_change();
    if (status == OK)
        status = cache_get((uint32_t)number(1), &buffer);
    if (status == OK) {
        cache_modify(buffer);
        buffer->data[number(2)] ^= (uint8_t)(1u << number(3));
        cache_put(buffer);
    }
    printf("%d", end(status));
}

/* ---- the tree: one line a file: kind, links, size, CRC (of a link: of its target), path ---- */

__attribute__((noinline)) static int print_file(struct inode *inode, const char *name, size_t length)
{
    char target[4096];
    uint64_t done = 0;
    uint32_t crc = 0;
    int status = OK;
    if (inode_kind(inode) == KIND_FILE)
        status = read_sum(inode, 0, TREE_READ, &done, &crc);
    if (inode_kind(inode) == KIND_LINK) {
        status = link_read(inode, target, sizeof(target));
        crc = ~0u;
        if (status == OK)
            sum(&crc, 0, target, inode_size(inode));
        crc = ~crc;
    }
    printf("%d %u %u %lu %u ", status, inode_kind(inode), inode->raw->links_count, (unsigned long)inode_size(inode),
           crc);
    print_bytes(name, length);
    printf("\n");
    return status;
}

static int print_tree(uint32_t number, char *text, size_t length);

/* Prints the records of one listing, and what is below them. */
static int print_records(const struct listing *listing, char *text, size_t length)
{
    int worst = OK;
    const struct fs_directory_entry *record;
    for (uint32_t at = 0; at < listing->used; at += record->length) {
        record = (const void *)(listing->buffer + at);
        size_t size = record->name_length;
        bool is_dots = record->name[0] == '.' && (size == 1 || (size == 2 && record->name[1] == '.'));
        if (is_dots || length + size + 1 > TREE_PATH)
            continue;
        text[length] = '/';
        memcpy(text + length + 1, record->name, size);
        int status = print_tree(record->inode, text, length + 1 + size);
        worst = status != OK ? status : worst;
    }
    return worst;
}

/* Prints a file and all below it, in the directories' order. Goes on after damage; returns an error if there was one.
 */
static int print_tree(uint32_t number, char *text, size_t length)
{
    _Alignas(8) uint8_t records[1024];
    struct listing listing = {records, sizeof(records), 0};
    struct inode inode;
    uint64_t cursor = 0;
    static unsigned printed;
    int status = printed++ < TREE_MOST ? inode_get_named(number, &inode) : ERROR_LOOP;
    if (status != OK)
        return status;
    int worst = print_file(&inode, text, length);
    bool is_directory = inode_kind(&inode) == KIND_DIRECTORY;
    inode_put(&inode);
    while (is_directory && (status = inode_get_named(number, &inode)) == OK) {
        status = directory_list(&inode, &cursor, &listing);
        inode_put(&inode);
        if (status != OK || listing.used == 0)
            break;
        status = print_records(&listing, text, length);
        worst = status != OK ? status : worst;
    }
    return status != OK ? status : worst;
}

static void command_tree(void)
{
    static char text[TREE_PATH];
    printf("%d", print_tree(ROOT_INODE, text, 0));
}

/* ---- the loop ---- */

static const struct {
    const char *name;
    unsigned words;
    void (*run)(void);
} commands[] = {
    {"open", 4, command_open},     {"write", 5, command_write},       {"write_vanish", 5, command_write_vanish},
    {"read", 4, command_read},     {"truncate", 3, command_truncate}, {"unlink", 2, command_unlink},
    {"mkdir", 2, command_mkdir},   {"rmdir", 2, command_rmdir},       {"rename", 3, command_rename},
    {"link", 3, command_link},     {"symlink", 3, command_symlink},   {"readlink", 2, command_readlink},
    {"status", 2, command_status}, {"time", 3, command_time},         {"space", 1, command_space},
    {"sync", 1, command_sync},     {"flush", 1, command_flush},       {"fail", 4, command_fail},
    {"tree", 1, command_tree},     {"flip", 4, command_flip},         {"spoil", 4, command_spoil},
};

/* The answer to a command that a predecessor did: its words, as far as they are known. */
static void answer_again(const struct answer *answer)
{
    printf("0");
    for (unsigned i = 0; i < answer->word_count; i++)
        printf(" %lu", (unsigned long)answer->words[i]);
}

void tool_run(char *line, uint64_t request)
{
    struct answer answer;
    current = (struct answer){.sender = request != 0 ? 1 + request % 3 : 0, .sequence = request};
    word_count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && word_count < WORDS; word = strtok(NULL, " \n"))
        words[word_count++] = word;
    for (unsigned i = 0; word_count > 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, words[0]) == 0 && word_count >= commands[i].words) {
            if (request != 0 && ledger_remembers(current.sender, request, &answer))
                answer_again(&answer);
            else
                commands[i].run();
            printf("\n");
            return;
        }
    }
    fprintf(stderr, "no such command: %s\n", word_count > 0 ? words[0] : "");
    exit(2);
}
