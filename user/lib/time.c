/*
 * Time.
 */
#include "user/lib/time.h"
#include "user/lib/startup.h"
#include "user/lib/syscall.h"

#define DAY (24 * 60 * 60ul) /* seconds */

uint64_t clock_nanoseconds(void)
{
    return sys_clock();
}

uint64_t time_now(void)
{
    return (startup() ? startup()->boot_time : 0) + sys_clock() / SECOND;
}

void sleep_nanoseconds(uint64_t duration)
{
    uint64_t now = sys_clock();
    uint64_t end = duration < DEADLINE_FOREVER - now ? now + duration : DEADLINE_FOREVER;
    handle_t notification;
    uint64_t bits;
    if (sys_notification_create(SELF, &notification) == OK) {
        sys_wait(notification, end, &bits); /* nobody signals it: only the deadline ends this */
        sys_cap_delete(SELF, notification);
    }
    while (sys_clock() < end) /* without a notification: slower, but as long */
        sys_yield();
}

static unsigned is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

struct calendar calendar_from_seconds(uint64_t seconds)
{
    static const unsigned char month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t days = seconds / DAY, rest = seconds % DAY;
    struct calendar c = {.year = 1970, .month = 1};
    c.weekday = (unsigned)((days + 4) % 7); /* 1970-01-01 was a Thursday */
    c.hour = (unsigned)(rest / 3600);
    c.minute = (unsigned)(rest / 60 % 60);
    c.second = (unsigned)(rest % 60);
    c.year += (unsigned)(days / 146097 * 400); /* days in 400 years: the calendar repeats */
    days %= 146097;
    for (; days >= 365 + is_leap(c.year); c.year++)
        days -= 365 + is_leap(c.year);
    for (unsigned length; days >= (length = month_days[c.month - 1] + (c.month == 2 ? is_leap(c.year) : 0)); c.month++)
        days -= length;
    c.day = (unsigned)days + 1;
    return c;
}
