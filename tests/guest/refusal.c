/*
 * Who may end servers: a program that was handed the debug capability, and no other.
 */
#include "check.h"
#include "user/lib/process.h"
#include "user/lib/supervisor.h"
#include <stdlib.h>

/* The exit status of a program with these arguments, or a negative status. */
static int run(char *const arguments[], bool debug)
{
    char path[PATH_SIZE];
    struct child child;
    struct outcome outcome;
    int status = program_find(arguments[0], path);
    if (status != OK)
        return status;
    struct spawn request = {path, arguments, .input = -1, .output = -1, .error = -1, .debug = debug};
    status = spawn(&request, &child);
    if (status == OK)
        status = process_wait(child.handle, &outcome);
    if (status != OK)
        return status;
    process_forget(child.handle);
    return outcome_status(&outcome);
}

static unsigned generation(const char *name)
{
    struct service_record record;
    return service_find(name, &record) >= 0 ? record.generation : 0;
}

static char *const kill_archive[] = {"kill", "archive", 0}, *const hang_archive[] = {"hang", "archive", 0},
                   *const inject_archive[] = {"inject", "archive", "null", 0};

static void a_program_without_the_capability_is_refused(void)
{
    unsigned before = generation("archive");
    struct service_record record;
    CHECK(run(kill_archive, false) == EXIT_FAILURE);
    CHECK(run(hang_archive, false) == EXIT_FAILURE);
    CHECK(run(inject_archive, false) == EXIT_FAILURE);
    CHECK(service_find("archive", &record) >= 0);
    CHECK(record.generation == before && record.injection == INJECTION_NONE);
}

static void a_program_with_it_is_not(void)
{
    unsigned before = generation("archive");
    CHECK(run(kill_archive, true) == EXIT_SUCCESS);
    CHECK(generation("archive") == before + 1);
    CHECK(run(inject_archive, true) == EXIT_SUCCESS);
    CHECK(run(kill_archive, false) == EXIT_FAILURE); /* to start it takes the archive, which dies of it */
    CHECK(generation("archive") == before + 2);
}

int main(void)
{
    RUN(a_program_without_the_capability_is_refused);
    RUN(a_program_with_it_is_not);
    return finish();
}
