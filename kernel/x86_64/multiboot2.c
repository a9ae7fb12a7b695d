/*
 * Reading what a Multiboot2 loader left: a list of tags, each 8-byte aligned, up to a tag of type 0.
 */
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/ram.h"

enum tag_type {
    TAG_END = 0,
    TAG_COMMAND_LINE = 1,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAME_BUFFER = 8,
    TAG_RSDP_OLD = 14,
    TAG_RSDP_NEW = 15,
};

struct tag {
    uint32_t type, size; /* size with this header, without padding */
};
struct text_tag {
    struct tag tag;
    char text[];
};
struct module_tag {
    struct tag tag;
    uint32_t start, end;
};
struct memory_map_tag {
    struct tag tag;
    uint32_t entry_size, version;
    struct {
        uint64_t start, bytes;
        uint32_t type, reserved;
    } first;
};
struct frame_buffer_tag {
    struct tag tag;
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t bits, type;
};

#define MEMORY_USABLE   1
#define SCREEN_DIRECT   1 /* a pixel holds its colour */
#define SCREEN_TEXT     2 /* EGA text */
#define MAX_INFORMATION (1u << 20)

static void read_memory_map(const struct memory_map_tag *map)
{
    const char *entry = (const char *)&map->first, *end = (const char *)map + map->tag.size;

    if (map->entry_size < sizeof(map->first))
        return;
    for (; entry + sizeof(map->first) <= end; entry += map->entry_size) {
        const typeof(map->first) *range = (const void *)entry;

        ram_list(range->start, range->bytes, range->type == MEMORY_USABLE);
    }
}

static void read_screen(const struct frame_buffer_tag *screen)
{
    if (screen->type != SCREEN_DIRECT && screen->type != SCREEN_TEXT)
        return;
    machine.screen.address = screen->address;
    machine.screen.pitch = screen->pitch;
    machine.screen.width = screen->width;
    machine.screen.height = screen->height;
    machine.screen.bits = screen->bits;
    machine.screen.text = screen->type == SCREEN_TEXT;
}

/* Reads one tag; one that is too short for its type is skipped. Returns the root pointer's address if it is that. */
static phys_t read_tag(const struct tag *tag)
{
    switch (tag->type) {
    case TAG_COMMAND_LINE:
        boot_command_line(((const struct text_tag *)tag)->text);
        break;
    case TAG_MODULE:
        if (tag->size >= sizeof(struct module_tag))
            boot_archive_found(((const struct module_tag *)tag)->start, ((const struct module_tag *)tag)->end);
        break;
    case TAG_MEMORY_MAP:
        if (tag->size >= offsetof(struct memory_map_tag, first))
            read_memory_map((const struct memory_map_tag *)tag);
        break;
    case TAG_FRAME_BUFFER:
        if (tag->size >= offsetof(struct frame_buffer_tag, type) + 1)
            read_screen((const struct frame_buffer_tag *)tag);
        break;
    case TAG_RSDP_OLD:
    case TAG_RSDP_NEW:
        return virt_to_phys(tag + 1);
    default:
        break;
    }
    return 0;
}

phys_t multiboot2_read(phys_t information)
{
    uint32_t total = *(const uint32_t *)phys_to_virt(information);
    phys_t rsdp = 0;

    if (total > MAX_INFORMATION || information + total > BOOT_MAP_END)
        boot_stop("the Multiboot2 information makes no sense");
    for (uint32_t at = 8; at + sizeof(struct tag) <= total;) {
        const struct tag *tag = phys_to_virt(information + at);
        phys_t found;

        if (tag->type == TAG_END || tag->size < sizeof(*tag) || tag->size > total - at)
            break;
        found = read_tag(tag);
        rsdp = found ? found : rsdp; /* the new pointer's tag follows the old one's */
        at += (tag->size + 7) & ~7u;
    }
    return rsdp;
}
