/*
 * A process that takes all it can get hits its own quota, and nobody else notices.
 */
#include "check.h"
#include "user/lib/file.h"
#include "user/lib/memory.h"
#include "user/lib/process.h"
#include <stdlib.h>
#include <string.h>

static const char *self = "/system/bin/quota";

/* Starts this program once more with one argument; OK or a negative status. */
static int start(const char *way, struct child *child)
{
    char *arguments[] = {(char *)self, (char *)way, NULL};
    struct spawn request = {.path = self, .arguments = arguments, .input = -1, .output = 1, .error = 2};
    return spawn(&request, child);
}

static void start_and_expect(const char *way, unsigned status)
{
    struct child child;
    struct outcome outcome;
    CHECK(start(way, &child) == OK);
    CHECK(process_wait(child.handle, &outcome) == OK);
    process_forget(child.handle);
    CHECK(outcome.end == END_EXITED);
    CHECK(outcome.value == status);
}

static void memory_ends_with_an_error_code(void)
{
    start_and_expect("--memory", 0);
}

static void handles_end_with_an_error_code(void)
{
    start_and_expect("--handles", 0);
}

static void threads_end_with_an_error_code(void)
{
    start_and_expect("--threads", 0);
}

static void others_go_on_beside_a_full_process(void)
{
    struct child hog;
    struct file_status status;
    CHECK(start("--stay", &hog) == OK);
    for (unsigned i = 0; i < 20; i++) {
        void *block = malloc(1 << 20);
        CHECK(block != NULL);
        memset(block, 1, 1 << 20);
        free(block);
        CHECK(stat("/system/bin", &status) == OK);
    }
    CHECK(process_kill(hog.handle) == OK);
    process_forget(hog.handle);
}

static int take_memory(void)
{
    handle_t memory;
    int status;
    while ((status = sys_memory_create(SELF, 256, 0, &memory)) == OK)
        continue;
    while ((status = sys_memory_create(SELF, 1, 0, &memory)) == OK)
        continue;
    return status == E_QUOTA || status == E_LIMIT ? 0 : 1;
}

static int take_handles(void)
{
    handle_t handle;
    int status;
    while ((status = sys_notification_create(SELF, &handle)) == OK)
        continue;
    return status == E_QUOTA || status == E_LIMIT ? 0 : 1;
}

static _Noreturn void sleep_for_ever(void)
{
    handle_t notification;
    uint64_t bits;
    sys_notification_create(SELF, &notification);
    for (;;)
        sys_wait(notification, DEADLINE_FOREVER, &bits);
}

/* A thread that needs no stack. */
static __attribute__((naked)) void spin(void)
{
    __asm__("1: pause; jmp 1b");
}

static int take_threads(void)
{
    handle_t thread;
    int status;
    while ((status = sys_thread_create(SELF, (uint64_t)spin, 0, 0, 0, 0, &thread)) == OK)
        continue;
    return status == E_QUOTA || status == E_LIMIT ? 0 : 1;
}

int main(int argument_count, char *arguments[])
{
    if (argument_count > 1 && strcmp(arguments[1], "--memory") == 0)
        return take_memory();
    if (argument_count > 1 && strcmp(arguments[1], "--handles") == 0)
        return take_handles();
    if (argument_count > 1 && strcmp(arguments[1], "--threads") == 0)
        return take_threads();
    if (argument_count > 1) {
        take_handles();
        take_memory();
        sleep_for_ever();
    }
    RUN(memory_ends_with_an_error_code);
    RUN(handles_end_with_an_error_code);
    RUN(threads_end_with_an_error_code);
    RUN(others_go_on_beside_a_full_process);
    return finish();
}
