/*
 * Reading the ACPI tables: root pointer -> root table (XSDT or RSDT) -> MADT ("APIC") and FADT ("FACP").
 *
 * Every length is checked before what it covers is read, and every table's bytes must add up to 0.
 */
#include "kernel/x86_64/acpi.h"
#include "kernel/base/log.h"
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/ioapic.h"
#include "kernel/x86_64/ram.h"

struct root_pointer {
    char signature[8];
    uint8_t checksum;
    char maker[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length; /* this and below: revision 2 */
    uint64_t xsdt;
    uint8_t extended_checksum, reserved[3];
} __attribute__((packed));

struct table {
    char signature[4];
    uint32_t length; /* with this header */
    uint8_t revision, checksum;
    char maker[26];
} __attribute__((packed));

#define ROOT_POINTER_OLD 20u        /* bytes that revision 0 has */
#define MAX_TABLE        (1u << 20) /* bytes; a longer one is nonsense */
#define FADT_PM1A        64u        /* offset of the port of the power control register */

enum madt_entry { ENTRY_LOCAL_APIC = 0, ENTRY_IOAPIC = 1, ENTRY_OVERRIDE = 2 };
#define MADT_ENTRIES 44u
#define CPU_ENABLED  1u

static uint16_t read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t read32(const uint8_t *bytes)
{
    return read16(bytes) | (uint32_t)read16(bytes + 2) << 16;
}

static bool same(const char *a, const char *b, unsigned length)
{
    while (length && *a == *b) {
        a++;
        b++;
        length--;
    }
    return !length;
}

static bool sums_to_zero(const void *start, uint32_t length)
{
    const uint8_t *bytes = start;
    uint8_t sum = 0;

    while (length--)
        sum = (uint8_t)(sum + *bytes++);
    return !sum;
}

/* The table at `physical` if it is whole and below the end of the boot map, else 0. */
static const struct table *table_at(phys_t physical)
{
    const struct table *table = phys_to_virt(physical);

    if (!physical || physical > BOOT_MAP_END - MAX_TABLE)
        return 0;
    if (table->length < sizeof(*table) || table->length > MAX_TABLE || !sums_to_zero(table, table->length))
        return 0;
    return table;
}

static const struct root_pointer *root_pointer_at(phys_t physical)
{
    const struct root_pointer *root = phys_to_virt(physical);

    if (!physical || physical > BOOT_MAP_END - sizeof(*root))
        return 0;
    return same(root->signature, "RSD PTR ", 8) && sums_to_zero(root, ROOT_POINTER_OLD) ? root : 0;
}

/* Where a BIOS puts it when the loader does not say: on a 16-byte boundary in its extended data or its ROM. */
static const struct root_pointer *root_pointer_scan(void)
{
    phys_t extended = (phys_t)(*(const uint16_t *)phys_to_virt(0x40e)) << 4;

    for (phys_t at = extended; at < extended + 1024; at += 16)
        if (root_pointer_at(at))
            return root_pointer_at(at);
    for (phys_t at = 0xe0000; at < 0x100000; at += 16)
        if (root_pointer_at(at))
            return root_pointer_at(at);
    return 0;
}

/* A CPU is taken once, however often it is listed: starting it again would stop it. */
static void read_cpu(const uint8_t *entry)
{
    if (!(read32(entry + 4) & CPU_ENABLED))
        return;
    for (unsigned i = 0; i < machine.cpu_count; i++)
        if (machine.apic_ids[i] == entry[3])
            return;
    if (machine.cpu_count < MAX_CPUS)
        machine.apic_ids[machine.cpu_count++] = entry[3];
    else
        log_print("only %u CPUs are used, not the one with APIC id %u\n", MAX_CPUS, entry[3]);
}

/* The MADT: after a header, entries of one byte type, one byte length. */
static void read_madt(const struct table *madt)
{
    const uint8_t *bytes = (const uint8_t *)madt;

    for (uint32_t at = MADT_ENTRIES; at + 2 <= madt->length; at += bytes[at + 1]) {
        uint8_t length = bytes[at + 1];

        if (length < 2 || length > madt->length - at)
            return;
        if (bytes[at] == ENTRY_LOCAL_APIC && length >= 8)
            read_cpu(bytes + at);
        else if (bytes[at] == ENTRY_IOAPIC && length >= 12)
            ioapic_found(read32(bytes + at + 4), read32(bytes + at + 8));
        else if (bytes[at] == ENTRY_OVERRIDE && length >= 10)
            isa_irq_override(bytes[at + 3], read32(bytes + at + 4), read16(bytes + at + 8));
    }
}

static void read_fadt(const struct table *fadt)
{
    if (fadt->length >= FADT_PM1A + 4 && read32((const uint8_t *)fadt + FADT_PM1A) <= 0xffff)
        machine.power_port = (uint16_t)read32((const uint8_t *)fadt + FADT_PM1A);
}

/* Walks a root table, whose entries are addresses of `width` bytes: 8 in the XSDT, 4 in the RSDT. */
static void read_tables(const struct table *list, unsigned width)
{
    const uint8_t *bytes = (const uint8_t *)list;

    for (uint32_t at = sizeof(*list); at + width <= list->length; at += width) {
        phys_t address = read32(bytes + at) | (width == 8 ? (phys_t)read32(bytes + at + 4) << 32 : 0);
        const struct table *table = table_at(address);

        if (table && same(table->signature, "APIC", 4))
            read_madt(table);
        else if (table && same(table->signature, "FACP", 4))
            read_fadt(table);
    }
}

void acpi_read(phys_t rsdp)
{
    const struct root_pointer *root = root_pointer_at(rsdp);
    const struct table *xsdt = 0, *rsdt = 0;

    if (!root)
        root = root_pointer_scan();
    if (root && root->revision >= 2)
        xsdt = table_at(root->xsdt);
    if (root && !xsdt)
        rsdt = table_at(root->rsdt);
    if (xsdt)
        read_tables(xsdt, 8);
    else if (rsdt)
        read_tables(rsdt, 4);
    else
        log_print("no ACPI tables: one CPU, no ISA interrupts, no power off\n");
    if (!machine.cpu_count)
        machine.apic_ids[machine.cpu_count++] = cpuid(1).ebx >> 24;
}
