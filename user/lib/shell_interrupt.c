/*
 * Ctrl-C: the console signals a notification, a helper thread waits for it and kills the foreground program.
 *
 * The shell's own thread is then usually inside a call to the process server, waiting for that program; the kill makes
 * that call return. `mutex` guards `foreground`: the helper never uses a handle that the shell has given up.
 */
#include "servers/proto/console.h"
#include "user/lib/ipc.h"
#include "user/lib/shell.h"
#include "user/lib/thread.h"

static handle_t notification, signal_only; /* ours, and the copy that the console gets */
static struct mutex mutex;
static handle_t foreground; /* the child to kill, 0 if none */
static bool interrupted;

/* The helper thread. */
static void watch(void *unused)
{
    (void)unused;
    uint64_t bits;
    while (sys_wait(notification, DEADLINE_FOREVER, &bits) == OK) {
        mutex_lock(&mutex);
        interrupted = true;
        if (foreground)
            process_kill(foreground); /* it may have ended already: nothing to do then */
        mutex_unlock(&mutex);
    }
}

/* Asks the console for Ctrl-C. */
static int ask_console(void)
{
    struct message m = message(CONSOLE_INTERRUPT);
    message_give(&m, signal_only, 0);
    return ipc_request(descriptor_handle(0), &m, DEADLINE_FOREVER);
}

void interrupt_start(void)
{
    if (!is_terminal(0) || sys_notification_create(SELF, &notification) != OK)
        return;
    if (sys_cap_copy(SELF, notification, SELF, RIGHT_SIGNAL | RIGHT_GIVE, &signal_only) == OK && ask_console() == OK)
        thread_start(watch, 0, thread_priority());
}

void interrupt_renew(void)
{
    mutex_lock(&mutex);
    interrupted = false;
    mutex_unlock(&mutex);
    if (signal_only)
        ask_console();
}

void interrupt_foreground(handle_t child)
{
    mutex_lock(&mutex);
    foreground = child;
    if (child && interrupted)
        process_kill(child);
    mutex_unlock(&mutex);
}

bool interrupt_seen(void)
{
    return __atomic_load_n(&interrupted, __ATOMIC_ACQUIRE);
}
