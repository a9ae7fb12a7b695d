/*
 * Fail-stop: a server that finds something which cannot be ends at once, before it stores or answers anything more. It
 * is damaged, and its successor goes on from what was good. `services --why` names the function that found it.
 */
#pragma once
#include <stdbool.h>
#include <stdlib.h>

static inline void fail_stop_unless(bool sound)
{
    if (!sound)
        abort();
}
