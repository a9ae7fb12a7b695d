/*
 * Reading what a PVH loader left (QEMU's -kernel): one structure with pointers to lists.
 */
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/ram.h"

struct start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; /* from version 1 on */
    uint32_t memory_map_entries, reserved;
};
struct module_entry {
    uint64_t start, bytes, command_line, reserved;
};
struct memory_map_entry {
    uint64_t start, bytes;
    uint32_t type, reserved;
};
#define MEMORY_USABLE 1
#define MAX_ENTRIES   1024

/* Can `count` things of `bytes` each be read at `address`, with the boot tables in force? */
static bool readable(phys_t address, uint32_t count, uint64_t bytes)
{
    return address && count <= MAX_ENTRIES && address < BOOT_MAP_END && count * bytes <= BOOT_MAP_END - address;
}

phys_t pvh_read(phys_t information)
{
    const struct start_info *info = phys_to_virt(information);

    if (info->version >= 1 && readable(info->memory_map, info->memory_map_entries, sizeof(struct memory_map_entry))) {
        const struct memory_map_entry *map = phys_to_virt(info->memory_map);

        for (uint32_t i = 0; i < info->memory_map_entries; i++)
            ram_list(map[i].start, map[i].bytes, map[i].type == MEMORY_USABLE);
    }
    if (info->module_count && readable(info->modules, 1, sizeof(struct module_entry))) {
        const struct module_entry *module = phys_to_virt(info->modules);

        boot_archive_found(module->start, module->start + module->bytes);
    }
    if (readable(info->command_line, 1, sizeof(machine.command_line)))
        boot_command_line(phys_to_virt(info->command_line));
    return info->rsdp;
}
