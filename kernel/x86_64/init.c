/*
 * The boot CPU's way from the loader to kernel_main().
 *
 * Until kernel_map_build() the tables of multiboot2.asm are in force: the low 4 GiB at DIRECT_MAP, all writable. So
 * everything that firmware and loader left is read before; afterwards only RAM can be reached.
 */
#include "kernel/base/log.h"
#include "kernel/x86_64/acpi.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/clock.h"
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/ioapic.h"
#include "kernel/x86_64/kernelmap.h"
#include "kernel/x86_64/lapic.h"
#include "kernel/x86_64/ram.h"
#include "kernel/x86_64/smp.h"
#include "kernel/x86_64/trap.h"

#define LOW_MEMORY_END 0x100000ul

extern const char image_start[]; /* linker.ld */
extern const char kernel_end[];

void boot_stop(const char *reason)
{
    log_print("Atelier cannot start: %s\n", reason);
    cpu_halt();
}

void boot_archive_found(phys_t start, phys_t end)
{
    if (machine.archive)
        return; /* only the first module counts */
    if (start % PAGE_SIZE || end <= start || end > BOOT_MAP_END)
        boot_stop("the boot archive is not at a page boundary below 4 GiB, or empty");
    machine.archive = start;
    machine.archive_size = end - start;
}

void boot_command_line(const char *text)
{
    unsigned length = 0;

    while (length < sizeof(machine.command_line) - 1 && text[length]) {
        machine.command_line[length] = text[length];
        length++;
    }
    machine.command_line[length] = 0;
}

static phys_t read_loader(uint32_t magic, phys_t information)
{
    if (information % 4 == 0 && magic == MULTIBOOT2_MAGIC)
        return multiboot2_read(information);
    if (information % 4 == 0 && magic == PVH_MAGIC)
        return pvh_read(information);
    boot_stop("it was started by neither a Multiboot2 nor a PVH loader");
}

/* Takes what is in use out of machine.ram; the low 1 MiB goes last, because the other CPUs start there. */
static void cut_memory_in_use(void)
{
    ram_cut((phys_t)image_start, (phys_t)kernel_end - KERNEL_BASE);
    if (machine.archive)
        ram_cut(machine.archive, machine.archive + machine.archive_size);
    smp_prepare();
    ram_cut(0, LOW_MEMORY_END);
}

void arch_init_boot_cpu(uint32_t magic, uint32_t information)
{
    phys_t rsdp;

    serial_init();
    idt_init();
    cpu_init(0);
    rsdp = read_loader(magic, information);
    ram_build();
    acpi_read(rsdp); /* first: the tables may lie in what the next step overwrites */
    cut_memory_in_use();
    kernel_map_build();
    pic_silence();
    lapic_init();
    ioapic_init();
    clock_init();
    kernel_main();
}
