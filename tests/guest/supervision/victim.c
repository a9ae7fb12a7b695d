/*
 * A server that does what it is asked to, until it dies of it.
 */
#include "tests/guest/supervision/victim.h"
#include "servers/proto/error.h"
#include "user/lib/heartbeat.h"
#include "user/lib/ipc.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"
#include <string.h>

static uint64_t *kept;

__attribute__((noinline)) static void write_third(volatile uint64_t *address)
{
    *address = 1;
    __asm__ volatile(""); /* no tail call: there must be something to return to */
}

__attribute__((noinline)) static void write_second(volatile uint64_t *address)
{
    write_third(address);
    __asm__ volatile("");
}

__attribute__((noinline)) static void write_first(volatile uint64_t *address)
{
    write_second(address);
    __asm__ volatile("");
}

__attribute__((naked, noinline)) static uint64_t victim_add(uint64_t number, const uint64_t *other)
{
    (void)number, (void)other;
    __asm__("mov (%rsi), %rax; add %rdi, %rax; ret");
}

static void work(uint64_t duration)
{
    for (uint64_t end = sys_clock() + duration; sys_clock() < end; heartbeat())
        for (volatile unsigned i = 0; i < 10000; i++)
            continue;
}

static struct message serve(const struct message *request)
{
    static volatile uint64_t one = 1;
    uint64_t number = VICTIM_NUMBER * one;
    struct message answer = message(OK);
    switch (request->label) {
    case VICTIM_LOOK:
        answer.word_count = 2;
        answer.words[0] = startup()->generation;
        answer.words[1] = kept != NULL ? *kept : 0;
        break;
    case VICTIM_KEEP:
        *kept = request->words[0];
        break;
    case VICTIM_WRITE:
        write_first((uint64_t *)request->words[0]);
        break;
    case VICTIM_EXIT:
        sys_process_exit(request->words[0]);
    case VICTIM_LOOP:
        for (;;)
            __asm__ volatile("");
    case VICTIM_WORK:
        work(request->words[0]);
        break;
    case VICTIM_WAIT:
        sleep_nanoseconds(request->words[0]);
        break;
    case VICTIM_DAMAGE:
        __asm__ volatile("mov %0, %%rbp; ud2" : : "r"(request->words[0]));
        __builtin_unreachable();
    case VICTIM_WHERE:
        answer.word_count = 1;
        answer.words[0] = (uint64_t)victim_add;
        break;
    case VICTIM_FORGET:
        break;
    case VICTIM_ADD:
        answer.word_count = 1;
        answer.words[0] = victim_add(request->words[0], &number);
        break;
    default:
        answer.label = ERROR_OPERATION;
    }
    answer.token = request->label == VICTIM_FORGET ? 0 : request->token;
    return answer;
}

int main(int argument_count, char *arguments[])
{
    const char *name = argument_count > 0 ? arguments[0] : "";
    handle_t endpoint = startup_capability(name);
    struct message m = message(OK);
    if (strcmp(name, "doomed") == 0)
        return 3;
    if (startup_capability("kept") != 0)
        kept = pages_map(startup_capability("kept"), 2, RIGHT_READ | RIGHT_WRITE);
    for (;;) {
        ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER);
        if (m.arrival == ARRIVAL_SIGNAL)
            heartbeat_owing(0);
        m = m.arrival == ARRIVAL_MESSAGE ? serve(&m) : message(OK);
    }
}
