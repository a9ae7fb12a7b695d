/*
 * The manifest: which servers run, and exactly what each of them may touch. The file `manifest` beside this one is the
 * real one and explains the language; this header is its meaning in C.
 *
 * Life cycle: manifest_parse() once at start-up; read-only from then on. A line that is wrong is reported and left out,
 * and the rest counts: the system goes on with what works. Pure: also built on the host for tests.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MANIFEST_NAME            16 /* bytes of a name, with the zero: as in servers/proto/startup.h */
#define MANIFEST_PATH            56
#define MANIFEST_SERVERS         12
#define MANIFEST_ENDPOINTS       16
#define MANIFEST_GRANTS          16     /* of one server */
#define MANIFEST_REST            (~0ul) /* as a quota: whatever the others left */
#define MANIFEST_DMA_LIMIT       (1024 * 4096ul)
#define MANIFEST_HEARTBEAT_LIMIT 600000
#define MANIFEST_KEPT_LIMIT      (64ul << 20)

/* Endpoint 0 is init's own and always there; the others come from `serve` lines. */
#define MANIFEST_INIT 0

enum grant_kind {
    GRANT_SERVE,         /* endpoint to receive from */
    GRANT_USE,           /* endpoint to send to, badge in first */
    GRANT_PORTS,         /* I/O ports [first, first + second) */
    GRANT_IRQ,           /* ISA interrupt first */
    GRANT_MEMORY,        /* first bytes for DMA, contiguous; they survive the server */
    GRANT_KEPT,          /* first bytes of its own that survive it */
    GRANT_ESTATE,        /* a process without threads that owns first bytes, or MANIFEST_REST, for it */
    GRANT_SCREEN,        /* the frame buffer; the server gets its geometry as arguments */
    GRANT_ARCHIVE,       /* the boot archive; the server gets its size as an argument */
    GRANT_DEVICE_MEMORY, /* the root of all physical addresses that are not RAM */
    GRANT_IRQS,          /* the root of all interrupts */
};

struct grant {
    enum grant_kind kind;
    char name[MANIFEST_NAME]; /* under which the server finds the capability */
    unsigned endpoint;        /* SERVE, USE: index in manifest.endpoints */
    uint64_t first, second;   /* see enum grant_kind */
};

struct server {
    char name[MANIFEST_NAME]; /* its program is the archive's servers/NAME */
    unsigned priority;        /* of its first thread, and the highest it may have */
    uint64_t quota;           /* bytes, or MANIFEST_REST; 0: the manifest forgot it */
    unsigned heartbeat;       /* milliseconds it may be silent; 0: for ever */
    unsigned after;           /* bit n: server n must run before this one starts, or be given up */
    unsigned grant_count;
    struct grant grants[MANIFEST_GRANTS];
};

struct manifest {
    unsigned server_count, endpoint_count;
    struct server servers[MANIFEST_SERVERS];
    char endpoints[MANIFEST_ENDPOINTS][MANIFEST_NAME];
    char program[MANIFEST_PATH]; /* the first program's path, "" if none */
    bool program_debugs;         /* it gets the debug capability */
};

/* Is told each problem as it is found: the line's number (0: the manifest as a whole), what is wrong, and with what. */
typedef void manifest_report(unsigned line, const char *problem, const char *word);

/* Reads `length` bytes of text. Never fails: at worst the manifest is empty and `report` has heard why. */
void manifest_parse(const char *text, uint64_t length, struct manifest *manifest, manifest_report *report);
