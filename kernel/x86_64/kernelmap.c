/*
 * The kernel half of the page tables, built once and never changed after boot, so that every address space can share
 * it by copying 256 entries.
 *
 *   what                      where         rights
 *   kernel text               KERNEL_BASE   read, execute
 *   kernel rodata             KERNEL_BASE   read
 *   kernel data, bss, stacks  KERNEL_BASE   read, write (the page below each stack: nothing)
 *   kernel text and rodata    DIRECT_MAP    read
 *   all other RAM             DIRECT_MAP    read, write
 *   device registers          DEVICE_MAP    read, write, uncached
 *
 * Each byte of RAM is mapped exactly once in the direct map, with the largest page that its range allows.
 */
#include "kernel/x86_64/kernelmap.h"
#include "kernel/base/check.h"
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/ram.h"

#define ENTRY_PRESENT    (1ul << 0)
#define ENTRY_WRITE      (1ul << 1)
#define ENTRY_UNCACHED   (3ul << 3) /* write-through and cache-disable bits: PAT entry 3 */
#define ENTRY_LARGE      (1ul << 7) /* a page, at level 2 or 3 */
#define ENTRY_GLOBAL     (1ul << 8)
#define ENTRY_NO_EXECUTE (1ul << 63)
#define ENTRY_ADDRESS    0x000ffffffffff000ul

#define READ_EXECUTE (ENTRY_PRESENT | ENTRY_GLOBAL)
#define READ         (READ_EXECUTE | ENTRY_NO_EXECUTE)
#define READ_WRITE   (READ | ENTRY_WRITE)

#define TOP_LEVEL          4
#define LEVEL_SHIFT(level) (PAGE_SHIFT - 9 + 9 * (level)) /* a level 1 entry maps 4 KiB, 2: 2 MiB, 3: 1 GiB */

extern const char image_start[], kernel_text[], kernel_rodata[], kernel_data[], kernel_end[]; /* linker.ld */

phys_t kernel_root;

/* The entry for `address` in the table of `level`; tables on the way are made. Memory for them: machine.ram. */
static uint64_t *entry_for(uint64_t address, unsigned level)
{
    uint64_t *table = phys_to_virt(kernel_root);

    for (unsigned i = TOP_LEVEL; i > level; i--) {
        uint64_t *entry = &table[address >> LEVEL_SHIFT(i) & 511];

        if (!*entry)
            *entry = ram_take_page() | ENTRY_PRESENT | ENTRY_WRITE;
        table = phys_to_virt(*entry & ENTRY_ADDRESS);
    }
    return &table[address >> LEVEL_SHIFT(level) & 511];
}

/* The highest level whose pages fit at the start of a range: all of address, frame and length must be multiples. */
static unsigned level_for(uint64_t address, phys_t start, phys_t end)
{
    unsigned level = cpuid(0x80000001).edx & CPUID_1G_PAGES ? 3 : 2;

    while (level > 1) {
        uint64_t bytes = 1ul << LEVEL_SHIFT(level);

        if (!((address | start) & (bytes - 1)) && end - start >= bytes)
            break;
        level--;
    }
    return level;
}

/* Maps the physical range [start, end), whole pages, `offset` higher. */
static void map_range(phys_t start, phys_t end, uint64_t offset, uint64_t rights)
{
    while (start < end) {
        unsigned level = level_for(start + offset, start, end);

        *entry_for(start + offset, level) = start | rights | (level > 1 ? ENTRY_LARGE : 0);
        start += 1ul << LEVEL_SHIFT(level);
    }
}

/* The image at KERNEL_BASE, by 4 KiB pages because its parts are small, without the guard pages. */
static void map_image(void)
{
    uint64_t rodata = (uint64_t)kernel_rodata, data = (uint64_t)kernel_data, end = (uint64_t)kernel_end;

    for (uint64_t page = (uint64_t)kernel_text; page < end; page += PAGE_SIZE) {
        uint64_t rights = page < rodata ? READ_EXECUTE : page < data ? READ : READ_WRITE;

        *entry_for(page, 1) = (page - KERNEL_BASE) | rights;
    }
    for (unsigned i = 0; i < MAX_CPUS; i++)
        *entry_for((uint64_t)cpu_stacks[i].guard, 1) = 0;
}

/* All RAM: the given regions, the image and the archive. */
static void map_direct(const struct ram_region *ram, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        map_range(ram[i].start, ram[i].end, DIRECT_MAP, READ_WRITE);
    map_range((phys_t)image_start, (phys_t)kernel_text - KERNEL_BASE, DIRECT_MAP, READ);
    map_range((phys_t)kernel_text - KERNEL_BASE, (phys_t)kernel_data - KERNEL_BASE, DIRECT_MAP, READ);
    map_range((phys_t)kernel_data - KERNEL_BASE, (phys_t)kernel_end - KERNEL_BASE, DIRECT_MAP, READ_WRITE);
    map_range(machine.archive, (machine.archive + machine.archive_size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1), DIRECT_MAP,
              READ_WRITE);
}

void kernel_map_build(void)
{
    static struct ram_region ram[MAX_RAM_REGIONS]; /* as it is before page tables are taken out of it */
    unsigned count = machine.ram_count;

    for (unsigned i = 0; i < count; i++)
        ram[i] = machine.ram[i];
    kernel_root = ram_take_page();
    map_direct(ram, count);
    map_image();
    entry_for(DEVICE_MAP, 1); /* its tables exist from now on */
    cpu_load_root(kernel_root);
}

volatile void *device_map(phys_t physical)
{
    static uint64_t next = DEVICE_MAP;
    phys_t page = physical & ~(PAGE_SIZE - 1);
    uint64_t address = next;

    CHECK(address < DEVICE_MAP + 512 * PAGE_SIZE);
    next += PAGE_SIZE;
    *entry_for(address, 1) = page | READ_WRITE | ENTRY_UNCACHED;
    ram_list(page, PAGE_SIZE, false);
    return (volatile void *)(address + physical % PAGE_SIZE);
}
