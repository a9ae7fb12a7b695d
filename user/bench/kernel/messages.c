/*
 * Messages between two processes, and notifications: the first process is the client.
 */
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/server.h"
#include <stdio.h>

/* A round with so many words each way; demands that they come back. */
static uint64_t cost_of_words(unsigned words, uint64_t deadline)
{
    struct loop loop = {.handle = server_endpoint, .shape = SYS_CALL | SHAPE_WORDS(words), .deadline = deadline};
    struct message_page *page = message_page();
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        page->words[i] = i < words ? 100 + i : 0;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        loop.words[i] = i < words ? 100 + i : 0;
    uint64_t cost = cost_of(loop_call, &loop, FEW);
    EQUAL(SHAPE_GET_STATUS(loop.shape), OK);
    EQUAL(SHAPE_GET_WORDS(loop.shape), words);
    for (unsigned i = 0; i < words; i++)
        EQUAL(i < MESSAGE_REGISTER_WORDS ? loop.words[i] : page->words[i], 100 + i);
    return cost;
}

/* From n to n + 1 words, n = 0 ... 63: where do the costs differ most, one way or the other? */
static void report_steps(void)
{
    uint64_t before = cost_of_words(0, DEADLINE_FOREVER), highest = 0;
    unsigned place = 0;
    line_print("POINT words 0 %lu\n", before);
    for (unsigned words = 1; words <= MESSAGE_WORDS; words++) {
        uint64_t cost = cost_of_words(words, DEADLINE_FOREVER);
        uint64_t step = cost > before ? cost * 10000 / before : before * 10000 / cost;
        line_print("POINT words %u %lu\n", words, cost);
        if (step > highest) {
            highest = step;
            place = words - 1;
        }
        before = cost;
    }
    line_print("BENCH ipc_step_max %lu.%04lu ratio between round trips with n and n+1 words each way, n = 0..63; the "
               "largest is at n = %u\n",
               highest / 10000, highest % 10000, place);
}

static void report_words(const char *figure_name, unsigned words)
{
    char note[150];
    snprintf(note, sizeof(note),
             "call and reply_recv between two processes, %u words each way; 12 user instructions are in it", words);
    report(figure_name, cost_of_words(words, DEADLINE_FOREVER), note);
}

static void calls(void)
{
    start_server(loop_echo);
    report_words("ipc_roundtrip_0w", 0);
    report_words("ipc_roundtrip_4w", 4);
    report_words("ipc_roundtrip_8w", 8);
    report_words("ipc_roundtrip_64w", MESSAGE_WORDS);
    report("ipc_roundtrip_deadline", cost_of_words(4, FAR_AWAY),
           "the same with 4 words each way and a finite deadline of the call; 12 user instructions are in it");
    report_steps();
    stop_server();
}

static void separate_replies(void)
{
    start_server(loop_receive_reply);
    report("ipc_roundtrip_separate_reply", cost_of_words(4, DEADLINE_FOREVER),
           "call, recv, and reply as a call of its own, between two processes, 4 words each way; 14 user instructions "
           "are in it");
    stop_server();
}

static void wake(void *unused)
{
    struct loop loop = {.handle = told(HANDLE), .other = told(OTHER_HANDLE)};
    (void)unused;
    loop_wait_signal(&loop);
}

static void notifications(void)
{
    handle_t process = partner(wake, 0, 0, 0), there = new_notification(), back = new_notification();
    struct loop loop = {.handle = there, .other = back};
    tell(HANDLE, give(back, process, RIGHT_SIGNAL));
    tell(OTHER_HANDLE, give(there, process, RIGHT_WAIT));
    report("notification_roundtrip", cost_of(loop_signal_wait, &loop, FEW),
           "signal and wait in each of two processes that wake each other; 19 user instructions are in it");
    EQUAL(sys_cap_delete(SELF, process), OK);
}

void bench_messages(void)
{
    report("syscall_null", cost_of(loop_null, &(struct loop){0}, FEW),
           "the system call that does nothing; 4 user instructions are in it");
    calls();
    separate_replies();
    notifications();
}
