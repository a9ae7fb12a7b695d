/*
 * The clock, the date, and sleeping.
 */
#pragma once
#include <stdint.h>

#define MICROSECOND 1000ul
#define MILLISECOND 1000000ul
#define SECOND      1000000000ul

/* Nanoseconds since boot. */
uint64_t clock_nanoseconds(void);

/* Seconds since 1970, UTC. */
uint64_t time_now(void);

/* Sleeps at least so many nanoseconds. */
void sleep_nanoseconds(uint64_t duration);

/* A point in time, as people write it, UTC. */
struct calendar {
    unsigned year, month, day;     /* 1 = January, 1 = the first */
    unsigned hour, minute, second; /* 24 hours */
    unsigned weekday;              /* 0 = Sunday */
};
struct calendar calendar_from_seconds(uint64_t seconds);
