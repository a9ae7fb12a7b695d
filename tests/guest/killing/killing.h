/*
 * Kill loops: a workload runs again and again, and each time a server is killed somewhere in it.
 *
 * What the clients were told goes to the host through the emulator's debug port, in which no server has a part: a line
 * for each operation that was acknowledged. The host keeps a model of its own and compares (tests/kill_loops.py).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* One line to the host. Workloads tell when an operation is done. */
__attribute__((format(printf, 1, 2))) void tell(const char *format, ...);

/* The first line since `time`, of the last TELL_TIMES: when it was told by the kernel's clock, and how long the CPU had
 * had nothing to do by then. Zeros: none was. */
#define TELL_TIMES 64
struct tell_time {
    uint64_t time, idle; /* nanoseconds */
};
struct tell_time tell_time_after(uint64_t time);

/* Opens the way to the host; needs the debug capability. false: there is none. */
bool tell_open(void);

/* A workload: runs once; what it does depends on `round` alone. false: something answered what it must not. */
struct workload {
    const char *name;
    bool (*run)(unsigned round);
    bool (*check)(unsigned round); /* after a fault; NULL: run(0) is as good. false: not to go on */
};
bool work_console(unsigned round);
bool work_together(unsigned round);
bool work_archive(unsigned round);
bool work_pci(unsigned round);
bool work_process(unsigned round);
bool work_files(unsigned round);
bool work_typing(unsigned round);
bool work_typing_cut_off(unsigned round);
bool work_nothing(unsigned round);

/* All that was acknowledged is on the disk, and the host has looked at it: whether it found it good. */
bool check_files(unsigned round);

/* By its name; 0 if there is none. */
const struct workload *workload_find(const char *name);

/* Waits until the server runs and kills it: whether that found it at work, or a negative error. */
int kill_running(const char *server);

/* What the program does as a child of work_process(): its exit status. */
int work_as_child(const char *argument);

/* Runs the workload once for each fault of /system/plan, an array of struct injection, made in the server. */
bool work_with_faults(const char *server, const struct workload *work);

/* The kernel's objects must be as many at the end as now: then is_conserved() says whether they are. */
void note_census(void);
bool is_conserved(void);

/*
 * Tells the host whether they are as many as when this was called last: "census" ROUND conserved|changed. Not so
 * capabilities: a server that nobody has asked since its start holds less of its clients', and a damaged one may have
 * given some away, or forgotten whom to tell of Ctrl-C.
 */
void tell_conserved(unsigned round);

/* Kills the server, or all of them in turn, again and again, while processes of its own are at work. */
bool kill_by_period(const char *server, uint64_t milliseconds, uint64_t kills);

/* One of these processes: works until the server was killed so many times. */
bool work_until_killed(const char *server, const struct workload *work, uint64_t first, uint64_t kills);
