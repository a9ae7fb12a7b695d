/*
 * The file server's way to the disk, which tells the host what is asked of the block server: so what reaches the device
 * can be compared with it (tests/fault_device.py). The linker puts these functions in front of the real ones; all else
 * of this file server is as it is. Numbers are hexadecimal, addresses physical.
 *
 *     buffers ADDRESS LENGTH             the memory that is shared with the block server
 *     asked KIND SECTOR ADDRESS LENGTH   one piece of a request, in its order; KIND as the device's
 *     asked 4                            a flush
 *     answered STATUS
 */
#include "servers/fs/disk.h"
#include "servers/fs/block_disk.h"
#include "tests/guest/killing/killing.h"

enum { READ = 0, WRITE = 1, FLUSH = 4 };

static uint64_t physical;
static const uint8_t *start;

void __real_block_disk_start(handle_t block_server, handle_t buffers, void *address);
void __wrap_block_disk_start(handle_t block_server, handle_t buffers, void *address);
int __real_disk_read(const struct disk_piece *pieces, unsigned count);
int __wrap_disk_read(const struct disk_piece *pieces, unsigned count);
int __real_disk_write(const struct disk_piece *pieces, unsigned count);
int __wrap_disk_write(const struct disk_piece *pieces, unsigned count);
int __real_disk_flush(void);
int __wrap_disk_flush(void);

void __wrap_block_disk_start(handle_t block_server, handle_t buffers, void *address)
{
    start = address;
    if (tell_open() && sys_memory_physical(buffers, 0, &physical) == OK)
        tell("buffers %lx %lx\n", physical, CACHE_PAGES * PAGE_SIZE);
    __real_block_disk_start(block_server, buffers, address);
}

static void tell_pieces(unsigned kind, const struct disk_piece *pieces, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        tell("asked %x %lx %lx %x\n", kind, pieces[i].sector,
             physical + (uint64_t)((uint8_t *)pieces[i].memory - start), pieces[i].length);
}

static int tell_answer(int status)
{
    tell("answered %d\n", status);
    return status;
}

int __wrap_disk_read(const struct disk_piece *pieces, unsigned count)
{
    tell_pieces(READ, pieces, count);
    return tell_answer(__real_disk_read(pieces, count));
}

int __wrap_disk_write(const struct disk_piece *pieces, unsigned count)
{
    tell_pieces(WRITE, pieces, count);
    return tell_answer(__real_disk_write(pieces, count));
}

int __wrap_disk_flush(void)
{
    tell("asked %x\n", FLUSH);
    return tell_answer(__real_disk_flush());
}
