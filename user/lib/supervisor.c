#include "user/lib/supervisor.h"
#include "servers/proto/error.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/symbols.h"
#include <stddef.h>
#include <string.h>

/* The supervisor, asked with all that this program may. */
static handle_t supervisor(void)
{
    handle_t debug = startup_capability("debug");
    return debug ? debug : startup_capability("init");
}

long services_list(struct service_record records[MOST_SERVICES])
{
    struct message m = message(INIT_SERVICES);
    m.words[0] = MOST_SERVICES * sizeof(records[0]);
    m.word_count = 1;
    message_lend(&m, records, m.words[0], LEASE_WRITE);
    int status = ipc_request(supervisor(), &m, DEADLINE_FOREVER);
    return status == OK ? (long)m.words[0] : -status;
}

int service_find(const char *name, struct service_record *record)
{
    static struct service_record records[MOST_SERVICES];
    long count = services_list(records);
    for (int i = 0; i < count; i++) {
        if (strncmp(records[i].name, name, sizeof(records[i].name)) != 0)
            continue;
        *record = records[i];
        return i;
    }
    return count < 0 ? (int)count : -ERROR_NO_CHILD;
}

int service_last_end(int index, struct service_end *end)
{
    struct message m = message(INIT_WHY);
    m.words[0] = (uint64_t)index;
    m.word_count = 1;
    message_lend(&m, end, sizeof(*end), LEASE_WRITE);
    return -ipc_request(supervisor(), &m, DEADLINE_FOREVER);
}

int service_kill(int index, uint64_t calls, uint64_t time)
{
    struct message m = message(INIT_KILL);
    m.words[0] = (uint64_t)index;
    m.words[1] = calls;
    m.words[2] = time;
    m.word_count = 3;
    int status = ipc_request(supervisor(), &m, DEADLINE_FOREVER);
    return status == OK ? m.words[0] != 0 : -status;
}

int service_inject(int index, const struct injection *injection)
{
    struct message m = message(INIT_INJECT);
    m.words[0] = (uint64_t)index;
    m.word_count = 1;
    message_lend(&m, injection, sizeof(*injection), LEASE_READ);
    return -ipc_request(supervisor(), &m, DEADLINE_FOREVER);
}

/* ---- damage ---- */

#define REGISTER(name) (offsetof(struct registers, name) / sizeof(uint64_t))

/*
 * Where all servers come by with an answer in their hands: ipc_reply_recv(endpoint, message, deadline), so rsi points
 * to the answer.
 */
#define PLACE        "ipc_reply_recv"
#define PUSH_RBP     1                /* bytes of its first instruction */
#define LOOP         0xfeeb           /* jmp to itself */
#define EXIT         0x050fff3158116a /* push 17; pop rax; xor edi, edi; syscall */
#define FIRST(bytes) (~0ul << 8 * (bytes))
#define NEXT(seed)   ((seed)*0x9e3779b97f4a7c15 + 0x1234567)
_Static_assert(SYS_PROCESS_EXIT == 17, "EXIT has this number");

static bool fill_injection(const char *kind, uint64_t seed, struct injection *injection)
{
    uint64_t number = NEXT(seed) >> 20;
    if (strcmp(kind, "null") == 0) {
        injection->changed = REGISTER(rsi);
        injection->value_and = 0;
    } else if (strcmp(kind, "wild") == 0) {
        injection->changed = REGISTER(rsi);
        injection->value_xor = NEXT(number);
    } else if (strcmp(kind, "bitflip") == 0) {
        injection->code_xor = 1ul << number % 64;
    } else if (strcmp(kind, "hang") == 0) {
        injection->code_and = FIRST(2);
        injection->code_xor = LOOP;
    } else if (strcmp(kind, "exit") == 0) {
        injection->code_and = FIRST(7);
        injection->code_xor = EXIT;
    } else if (strcmp(kind, "skip") == 0) {
        injection->skip = PUSH_RBP;
    } else if (strcmp(kind, "reply") == 0) {
        injection->base = REGISTER(rsi);
        injection->displacement = offsetof(struct message, words);
        injection->memory_xor = 1ul << number % 64;
    } else {
        return false;
    }
    return true;
}

int service_damage(const char *name, const char *kind, uint64_t seed)
{
    return service_damage_at(name, PLACE, kind, seed);
}

int service_damage_at(const char *name, const char *function, const char *kind, uint64_t seed)
{
    struct service_record record;
    struct injection injection = {
        .code_and = ~0ul, .value_and = ~0ul, .changed = NO_REGISTER, .base = NO_REGISTER, .index = NO_REGISTER};
    if (!fill_injection(kind, seed, &injection))
        return -ERROR_NOT_SUPPORTED;
    int index = service_find(name, &record);
    if (index < 0)
        return index;
    if (!symbols_load(name) || !symbols_find(function, &injection.address))
        return -ERROR_NOT_FOUND;
    return service_inject(index, &injection);
}
