/*
 * From the loader's memory map to machine.ram.
 */
#include "kernel/x86_64/ram.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/cpu.h"

#define MAX_LISTED   256
#define SMALLEST_RAM (31ul << 20) /* what a machine of 32 MiB has left after its firmware took some */
#define PAGE_UP(x)   (((x) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define PAGE_DOWN(x) ((x) & ~(PAGE_SIZE - 1))

static struct listed {
    phys_t start, end;
    bool usable;
} listed[MAX_LISTED];
static unsigned listed_count;

void ram_list(phys_t start, uint64_t bytes, bool usable)
{
    phys_t end = start + bytes;

    if (!bytes || end < start)
        return; /* empty, or past the end of the address space */
    if (listed_count == MAX_LISTED)
        boot_stop("the loader's memory map has too many ranges");
    listed[listed_count++] = (struct listed){start, end, usable};
}

static void region_remove(unsigned at)
{
    machine.ram_count--;
    for (unsigned i = at; i < machine.ram_count; i++)
        machine.ram[i] = machine.ram[i + 1];
}

/* Inserts before index `at`. When the table is full the highest region is lost. */
static void region_insert(unsigned at, phys_t start, phys_t end)
{
    if (at == MAX_RAM_REGIONS)
        return;
    if (machine.ram_count < MAX_RAM_REGIONS)
        machine.ram_count++;
    for (unsigned i = machine.ram_count - 1; i > at; i--)
        machine.ram[i] = machine.ram[i - 1];
    machine.ram[at] = (struct ram_region){start, end};
}

/* Adds whole pages, keeps the order, and joins what touches. */
static void region_add(phys_t start, phys_t end)
{
    unsigned at = 0;

    while (at < machine.ram_count && machine.ram[at].end < start)
        at++;
    while (at < machine.ram_count && machine.ram[at].start <= end) {
        start = machine.ram[at].start < start ? machine.ram[at].start : start;
        end = machine.ram[at].end > end ? machine.ram[at].end : end;
        region_remove(at);
    }
    region_insert(at, start, end);
}

void ram_cut(phys_t start, phys_t end)
{
    start = PAGE_DOWN(start);
    end = end > RAM_LIMIT ? RAM_LIMIT : PAGE_UP(end);
    for (unsigned i = machine.ram_count; i-- > 0;) { /* backwards: what is inserted comes at or behind i */
        struct ram_region old = machine.ram[i];

        if (old.end <= start || old.start >= end)
            continue;
        region_remove(i);
        if (old.end > end)
            region_insert(i, end, old.end);
        if (old.start < start)
            region_insert(i, old.start, start);
    }
}

void ram_build(void)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < listed_count; i++) {
        phys_t start = PAGE_UP(listed[i].start), end = PAGE_DOWN(listed[i].end);

        end = end > RAM_LIMIT ? RAM_LIMIT : end;
        if (listed[i].usable && start < end)
            region_add(start, end);
    }
    for (unsigned i = 0; i < listed_count; i++)
        if (!listed[i].usable)
            ram_cut(listed[i].start, listed[i].end);
    for (unsigned i = 0; i < machine.ram_count; i++)
        total += machine.ram[i].end - machine.ram[i].start;
    if (!listed_count)
        boot_stop("the loader gave no memory map");
    if (total < SMALLEST_RAM)
        boot_stop("it needs at least 32 MiB of memory");
    machine.ram_end = machine.ram[machine.ram_count - 1].end;
}

bool ram_contains(phys_t start, phys_t end)
{
    for (unsigned i = 0; i < machine.ram_count; i++)
        if (machine.ram[i].start <= start && end <= machine.ram[i].end)
            return true;
    return false;
}

phys_t ram_take_page(void)
{
    for (unsigned i = machine.ram_count; i-- > 0;) {
        struct ram_region *region = &machine.ram[i];
        uint64_t *page;

        if (region->end > BOOT_MAP_END)
            continue;
        region->end -= PAGE_SIZE;
        page = phys_to_virt(region->end);
        if (region->start == region->end)
            region_remove(i);
        for (unsigned j = 0; j < PAGE_SIZE / sizeof(*page); j++)
            page[j] = 0;
        return virt_to_phys(page);
    }
    boot_stop("there is no memory for page tables");
}

bool machine_is_device_range(phys_t start, phys_t end)
{
    phys_t limit = 1ul << (cpuid(0x80000008).eax & 0xff);

    if (start >= end || end > limit)
        return false;
    for (unsigned i = 0; i < listed_count; i++)
        if (start < listed[i].end && listed[i].start < end)
            return false;
    return true;
}
