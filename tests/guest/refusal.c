/*
 * Who may end servers: a program that was handed the debug capability, and no other.
 */
#include "check.h"
#include "program.h"
#include "user/lib/supervisor.h"
#include <stdlib.h>

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
