/*
 * A damaged server ends before it keeps or tells anything that cannot be, and its clients notice nothing but time.
 */
#include "check.h"
#include "program.h"
#include "user/lib/supervisor.h"
#include "user/lib/symbols.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define REGISTER(name)        (offsetof(struct registers, name) / sizeof(uint64_t))
#define VECTOR_INVALID_OPCODE 6 /* what abort() executes */

/* Flips a bit of the first word of a function's second argument when the server comes to it. */
static bool damage(const char *server, const char *function)
{
    struct service_record record;
    struct injection injection = {.code_and = ~0ul,
                                  .value_and = ~0ul,
                                  .memory_xor = 1ul << 5,
                                  .changed = NO_REGISTER,
                                  .base = REGISTER(rsi),
                                  .index = NO_REGISTER};
    return symbols_load(server) && symbols_find(function, &injection.address) &&
           service_inject(service_find(server, &record), &injection) == OK;
}

/* Did the server end itself? Then the first who called abort() is the function that found it. */
static bool ended_itself(const char *server, const char *function)
{
    struct service_record record;
    struct service_end end;
    const char *name;
    int length;
    uint64_t offset;
    int index = service_find(server, &record);
    bool ended = service_last_end(index, &end) == OK && end.injection == INJECTION_HAPPENED &&
                 end.reason == REASON_FAULT && end.detail == VECTOR_INVALID_OPCODE && end.caller_count > 0;
    return ended && symbols_at(end.callers[0], &name, &length, &offset) && strncmp(name, function, (size_t)length) == 0;
}

static char *const true_arguments[] = {"true", 0};

static void a_record_that_cannot_be_is_not_kept(void)
{
    CHECK(damage("process", "record_may_follow")); /* of the record that is to be kept: its number */
    CHECK(run(true_arguments, false) == EXIT_SUCCESS);
    CHECK(ended_itself("process", "store"));
    CHECK(run(true_arguments, false) == EXIT_SUCCESS);
}

int main(void)
{
    RUN(a_record_that_cannot_be_is_not_kept);
    return finish();
}
