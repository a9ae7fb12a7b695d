/*
 * What the kernel hands to init: one read-only page at STARTUP_ADDRESS, and first capabilities in init's table.
 *
 * The boot archive is a file of our own shape, so that the kernel parses no strings: this header, then `count`
 * entries, then the contents, each starting on a page boundary. Entry 0 is init, an ELF64 executable.
 */
#pragma once
#include "rights.h"

#define ARCHIVE_MAGIC 0x3152454954414c45ul /* the bytes "ELATEIR1" */
#define ARCHIVE_NAME  56
struct archive_entry {
    char name[ARCHIVE_NAME]; /* a path, zero-terminated: "bin/ls", "servers/fs", "manifest" */
    unsigned long offset;    /* bytes from the start of the archive, a multiple of 4096 */
    unsigned long size;      /* bytes */
};
struct archive_header {
    unsigned long magic;
    unsigned long count;
    struct archive_entry entries[];
};

#define BOOTINFO_MAGIC 0x544f4f42u
struct bootinfo {
    unsigned magic;
    unsigned cpus;              /* CPUs that run */
    handle_t self;              /* init's own Process */
    handle_t thread;            /* init's first Thread */
    handle_t archive;           /* Memory over the boot archive; READ, EXECUTE, GIVE */
    handle_t device_memory;     /* root of all physical addresses that are not RAM */
    handle_t irqs;              /* root of all interrupts */
    handle_t ports;             /* root of all 65,536 ports */
    handle_t trace;             /* Memory over the trace rings of all CPUs (trace.h); READ, GIVE */
    unsigned long archive_size; /* bytes */
    unsigned long frames;       /* page frames that init's quota starts with */
    unsigned long tsc_khz;
    unsigned long message_page; /* of init's first thread */
    unsigned short power_port;  /* ACPI PM1a control: write 0x2000 to power off; 0 if unknown */
    unsigned short reserved[3];
    struct {                    /* the screen as the loader left it; address 0 if none */
        unsigned long address;  /* physical */
        unsigned pitch;         /* bytes a line */
        unsigned width, height; /* pixels, or characters in text mode */
        unsigned char bits;     /* per pixel; 16 in text mode */
        unsigned char text;     /* 1: EGA text, character and attribute bytes */
        unsigned char reserved[6];
    } screen;
    char command_line[256]; /* from the boot loader, cut to fit */
};
