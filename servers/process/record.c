#include "servers/process/record.h"
#include <string.h>

static bool is_free(const struct child_record *record)
{
    static const struct child_record free;
    return memcmp(record, &free, sizeof(free)) == 0;
}

static bool end_is_sound(const struct child_record *record)
{
    if (record->state != STATE_ENDED)
        return record->end == 0 && record->value == 0;
    switch (record->end) {
    case END_EXITED:
        return true;
    case END_FAULTED:
        return record->value < 256;
    default:
        return record->end == END_KILLED && record->value == 0;
    }
}

bool record_is_sound(const struct child_record *record)
{
    if (record->number == 0)
        return is_free(record);
    return record->parent != record->number && (record->orphan == 0 || (record->orphan == 1 && record->parent == 0)) &&
           record->state <= STATE_STARTING && (record->state != STATE_RUNNING || record->process != 0) &&
           end_is_sound(record) && record->name[PROCESS_NAME - 1] == '\0';
}

/* STARTING, RUNNING, ENDED: in this order. */
static unsigned age(const struct child_record *record)
{
    return record->state == STATE_STARTING ? 0 : record->state == STATE_RUNNING ? 1 : 2;
}

/* A process comes while it starts, and goes when it does not run. */
static bool process_may_follow(const struct child_record *before, const struct child_record *after)
{
    return before->process == after->process || (before->process == 0 && after->state == STATE_STARTING) ||
           (after->process == 0 && after->state != STATE_RUNNING);
}

static bool is_same_program(const struct child_record *before, const struct child_record *after)
{
    return before->number == after->number && before->spawner == after->spawner &&
           before->sequence == after->sequence && memcmp(before->name, after->name, PROCESS_NAME) == 0;
}

bool record_may_follow(const struct child_record *before, const struct child_record *after)
{
    if (!record_is_sound(after))
        return false;
    if (after->number == 0)
        return before->number == 0 || before->state != STATE_RUNNING;
    if (before->number == 0)
        return after->state == STATE_STARTING && after->process == 0 && after->orphan == 0;
    bool same_parent = before->parent == after->parent && before->orphan == after->orphan;
    bool same_end = before->end == after->end && before->value == after->value;
    return is_same_program(before, after) && (same_parent || after->orphan == 1) && age(before) <= age(after) &&
           (same_end || before->state != STATE_ENDED) && process_may_follow(before, after);
}
