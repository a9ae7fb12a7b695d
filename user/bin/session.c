/*
 * The first program after the servers: runs the host's job if there is one, otherwise shells for the user.
 *
 * A job is a command line that the host passed to the machine (CONSOLE_JOB_COMMAND). Its output goes to the job
 * channel, its messages to the terminal, its input is at end of file; when it has ended the host is told its status
 * and the machine is switched off.
 */
#include "servers/proto/console.h"
#include "servers/proto/init.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/ipc.h"
#include "user/lib/option.h"
#include "user/lib/process.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_SIZE 65536

/* Runs a shell and waits for it. Returns its exit status, 126 if it cannot be started. */
static int run_shell(char *const *arguments, int input, int output)
{
    const struct spawn request = {"/system/bin/sh", arguments, input, output, 2, .debug = true};
    struct child child;
    struct outcome outcome;
    int status = spawn(&request, &child);
    if (status == OK) {
        status = process_wait(child.handle, &outcome);
        process_forget(child.handle);
    }
    if (status == OK)
        return outcome_status(&outcome);
    complain("shell", status);
    return 126;
}

/* The host's command line in `command`. false if there is none. */
static bool take_job(char command[COMMAND_SIZE])
{
    struct message m = message(CONSOLE_JOB_COMMAND);
    message_lend(&m, command, COMMAND_SIZE - 1, LEASE_WRITE);
    if (request_repeat(descriptor_handle(0), &m) != OK || m.words[0] >= COMMAND_SIZE)
        return false;
    command[m.words[0]] = 0;
    return true;
}

static void end_job(int status)
{
    struct message m = message(CONSOLE_JOB_END);
    m.words[0] = (uint64_t)status;
    status = request_exactly_once(descriptor_handle(0), &m);
    if (status != OK)
        complain("job", status);
}

/* Returns only if the machine cannot be switched off. */
static void power_off(void)
{
    struct message m = message(INIT_POWER_OFF);
    int status = ipc_request(startup_capability("init"), &m, DEADLINE_FOREVER);
    complain("power off", status);
}

static void run_job(char *command)
{
    char *const arguments[] = {"sh", "-c", command, 0};
    int status = run_shell(arguments, -1, descriptor_adopt(startup_capability("job"), OPEN_APPEND));
    int synced = sync();
    if (synced != OK)
        complain("sync", synced);
    end_job(status);
    power_off();
}

static void greet(void)
{
    printf("\nAtelier, a workshop of processes: %lu CPUs, %lu MiB of memory.\n", sys_system_info(SYSTEM_CPUS),
           sys_system_info(SYSTEM_FRAMES) >> (20 - PAGE_SHIFT));
    printf("Type `help` for commands, `poweroff` to end.\n\n");
}

int main(int count, char *arguments[])
{
    static char command[COMMAND_SIZE];
    char *const shell[] = {"sh", 0};
    struct options options = options_start(arguments, "",
                                           "usage: session\nRuns the host's job, or shells for the user. The system "
                                           "starts it; there is no need to.\n");
    (void)count;
    option_next(&options);
    if (take_job(command)) {
        run_job(command);
        return EXIT_FAILURE;
    }
    greet();
    for (;;)
        if (run_shell(shell, 0, 1) == 126)
            sleep_nanoseconds(SECOND); /* until what is missing has come back */
}
