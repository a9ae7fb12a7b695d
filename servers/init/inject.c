#include "servers/init/inject.h"
#include "kernel/abi/layout.h"
#include "servers/proto/error.h"
#include "user/lib/memory.h"
#include <string.h>

#define BREAKPOINT        0xcc
#define VECTOR_BREAKPOINT 3
#define WINDOW_PAGES      2 /* a change may lie across the end of a page */
#define REGISTERS         (sizeof(struct registers) / sizeof(uint64_t))

static char *window;

void inject_open(void)
{
    window = address_reserve(WINDOW_PAGES);
}

/* ---- code ---- */

/*
 * Makes the code at `address` writable at *bytes, for us alone: the server's own mapping stays as it is. `memory` is to
 * be deleted, which undoes it.
 */
static int open_code(const struct injected *injected, uint64_t address, handle_t *memory, uint8_t **bytes)
{
    const struct program_code *code = &injected->code;
    uint64_t offset = address - code->address, page = offset / PAGE_SIZE;
    if (address < code->address || offset > code->pages * PAGE_SIZE - sizeof(uint64_t))
        return ERROR_MALFORMED;
    uint64_t pages = code->pages - page < WINDOW_PAGES ? code->pages - page : WINDOW_PAGES;
    int status = sys_cap_copy(injected->process, code->memory, SELF, RIGHT_READ | RIGHT_WRITE, memory);
    if (status != OK)
        return status;
    status = sys_map(SELF, *memory, window, code->first + page, pages, RIGHT_READ | RIGHT_WRITE);
    if (status != OK)
        sys_cap_delete(SELF, *memory);
    *bytes = (uint8_t *)window + offset % PAGE_SIZE;
    return status;
}

int inject_arm(struct injected *injected)
{
    handle_t memory;
    uint8_t *bytes;
    int status = open_code(injected, injected->injection.address, &memory, &bytes);
    if (status != OK)
        return status;
    injected->original = bytes[0];
    bytes[0] = BREAKPOINT;
    return sys_cap_delete(SELF, memory);
}

/* Takes the breakpoint out and changes the 8 bytes that begin there. */
static void change_code(const struct injected *injected, uint64_t and, uint64_t xor)
{
    handle_t memory;
    uint8_t *bytes;
    uint64_t code;
    if (open_code(injected, injected->injection.address, &memory, &bytes) != OK)
        return;
    bytes[0] = injected->original;
    memcpy(&code, bytes, sizeof(code));
    code = (code & and) ^ xor;
    memcpy(bytes, &code, sizeof(code));
    sys_cap_delete(SELF, memory);
}

void inject_disarm(const struct injected *injected)
{
    change_code(injected, ~0ul, 0);
}

/* ---- the rest ---- */

static uint64_t *find_register(struct registers *registers, unsigned number)
{
    return number < REGISTERS ? &registers->r15 + number : NULL;
}

static void change_memory(const struct injection *injection, struct registers *registers, uint64_t token)
{
    const uint64_t *base = find_register(registers, injection->base),
                   *index = find_register(registers, injection->index);
    uint64_t address = (uint64_t)injection->displacement, word, done;
    if (base != NULL)
        address += *base;
    if (index != NULL)
        address += *index * injection->scale;
    if (sys_lease_read(token, 0, address, &word, sizeof(word), &done) != OK)
        return;
    word ^= injection->memory_xor;
    sys_lease_write(token, 0, address, &word, sizeof(word), &done);
}

bool inject_is_due(const struct injected *injected, const struct message *fault)
{
    return fault->words[FAULT_VECTOR] == VECTOR_BREAKPOINT &&
           fault->words[FAULT_RIP] == injected->injection.address + 1;
}

void inject_happen(const struct injected *injected, const struct message *fault)
{
    const struct injection *injection = &injected->injection;
    struct registers registers = message_page()->registers;
    registers.rip = injection->address + injection->skip;
    change_code(injected, injection->code_and, injection->code_xor);
    if (injection->memory_xor != 0)
        change_memory(injection, &registers, fault->token);
    uint64_t *changed = find_register(&registers, injection->changed);
    if (changed != NULL)
        *changed = (*changed & injection->value_and) ^ injection->value_xor;
    message_page()->registers = registers;
    struct message resume = {.token = fault->token, .word_count = 1, .words = {FAULT_RESUME}};
    ipc_reply(&resume);
}
