/*
 * The workload of the file server and the disk's driver: every operation that changes something, and a look at the
 * result, in a folder of the round's own. Each is told in the words of the host's model (tests/host/fs/fs_model.py)
 * before it is asked for ("try"), and when it was acknowledged ("did"): the model does it again, and is compared with
 * what is on the disk.
 */
#include "tests/guest/killing/killing.h"
#include "user/lib/file.h"
#include <stdio.h>
#include <string.h>

#define LARGEST 20000u

static char folder[16];

/* A path in the round's folder; two may be in use at a time. */
static const char *in(const char *name)
{
    static char paths[2][32];
    static unsigned next;
    char *path = paths[next++ % 2];
    snprintf(path, sizeof(paths[0]), "%s%s", folder, name);
    return path;
}

/* Tells that an operation is tried, and if it succeeded. */
#define DID(operation, ...) (tell("try " __VA_ARGS__), (operation) == OK && (tell("did " __VA_ARGS__), true))

static bool did_mkdir(const char *name)
{
    return DID(mkdir(in(name), 0755), "mkdir %s\n", in(name));
}

static bool did_one(int (*operation)(const char *path), const char *word, const char *name)
{
    return DID(operation(in(name)), "%s %s\n", word, in(name));
}

static bool did_two(int (*operation)(const char *from, const char *to), const char *word, const char *from,
                    const char *to)
{
    return DID(operation(in(from), in(to)), "%s %s %s\n", word, in(from), in(to));
}

static bool did_symlink(const char *target, const char *name)
{
    return DID(symlink(target, in(name)), "symlink %s %s\n", target, in(name));
}

static int did_create(const char *name)
{
    tell("try open %s\n", in(name));
    int file = open(in(name), FS_READ | FS_WRITE | FS_CREATE | FS_EXCLUSIVE | OPEN_APPEND, 0644);
    if (file >= 0)
        tell("did open %s\n", in(name));
    return file;
}

/* The bytes that the host makes of a seed, too. */
static void fill(char *bytes, unsigned seed, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        bytes[i] = (char)(seed + i + (i >> 8) * 31);
}

static bool did_append(int file, const char *name, unsigned length, unsigned seed)
{
    static char bytes[LARGEST];
    fill(bytes, seed, length);
    tell("try write %s end %u %u\n", in(name), length, seed);
    if (write(file, bytes, length) != (long)length)
        return false;
    tell("did write %s end %u %u\n", in(name), length, seed);
    return true;
}

static bool did_truncate(int file, const char *name, unsigned length)
{
    return DID(ftruncate(file, length), "truncate %s %u\n", in(name), length);
}

/* Everything done so far is durable when this is told. */
static bool flushed(int status)
{
    return status == OK && (tell("flushed\n"), true);
}

/* The file holds `length` bytes of the seed's from `offset` on. */
static bool holds(int file, unsigned offset, unsigned length, unsigned seed)
{
    static char wanted[LARGEST], found[LARGEST];
    unsigned done = 0;
    long count = 1;
    fill(wanted, seed, length);
    seek(file, offset);
    while (done < length && (count = read(file, found + done, length - done)) > 0)
        done += (unsigned)count;
    return done == length && memcmp(found, wanted, length) == 0;
}

static bool work_on_contents(unsigned seed)
{
    int file = did_create("/f");
    if (file < 0)
        return false;
    bool good = did_append(file, "/f", 700, seed) && did_append(file, "/f", 9000, seed + 1) &&
                did_append(file, "/f", 40, seed + 2) && holds(file, 700, 9000, seed + 1) && flushed(fsync(file)) &&
                did_truncate(file, "/f", 5000) && did_append(file, "/f", 300, seed + 3) &&
                holds(file, 5000, 300, seed + 3) && holds(file, 0, 700, seed);
    close(file);
    return good;
}

static bool work_on_names(void)
{
    int file = did_create("/g");
    if (file < 0)
        return false;
    close(file);
    return did_mkdir("/d") && did_two(rename, "rename", "/g", "/d/g") && did_two(link, "link", "/f", "/h") &&
           did_symlink("f", "/s") && did_two(rename, "rename", "/h", "/d/g") && did_mkdir("/e") &&
           did_two(rename, "rename", "/d", "/e") && did_one(unlink, "unlink", "/s") && did_mkdir("/x") &&
           did_one(rmdir, "rmdir", "/x");
}

bool work_files(unsigned round)
{
    static unsigned again;
    struct file_status status;
    if (round == 0) /* is run more than once */
        snprintf(folder, sizeof(folder), "/r0.%u", again++);
    else
        snprintf(folder, sizeof(folder), "/r%u", round);
    return did_mkdir("") && work_on_contents(round % 200) && work_on_names() && flushed(sync()) &&
           stat(in("/e/g"), &status) == OK && status.size == 5300 && status.links == 2;
}

bool check_files(unsigned round)
{
    char answer[8] = "";
    if (sync() != OK)
        return false;
    tell("check %u\n", round);
    return read(2, answer, sizeof(answer)) > 0 && answer[0] == 'g'; /* a line from the host, who may say "good" */
}
