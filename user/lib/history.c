/*
 * A ring of lines.
 */
#include "user/lib/history.h"
#include <stdlib.h>
#include <string.h>

void history_add(struct history *history, const char *line)
{
    const char *last = history_get(history, 1);
    char *copy = *line && !(last && strcmp(last, line) == 0) ? strdup(line) : 0;
    if (!copy)
        return;
    char **place = &history->lines[history->added % HISTORY_LINES];
    free(*place);
    *place = copy;
    history->added++;
}

const char *history_get(const struct history *history, unsigned back)
{
    if (back == 0 || back > history->added || back > HISTORY_LINES)
        return 0;
    return history->lines[(history->added - back) % HISTORY_LINES];
}
