#include "servers/process/report.h"
#include "kernel/abi/layout.h"
#include "servers/proto/io.h"
#include "user/lib/ipc.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <string.h>

#define VECTOR_PAGE_FAULT 14

struct process_record report_child(const struct child *child)
{
    struct process_record record = {.number = child->is.number, .parent = child->is.parent, .state = child->is.state};
    memcpy(record.name, child->is.name, sizeof(record.name));
    if (child->process == 0)
        return record;
    uint64_t threads = 0, frames = 0, time = 0;
    sys_process_info(child->process, PROCESS_THREADS, &threads);
    sys_process_info(child->process, PROCESS_USED, &frames);
    sys_process_info(child->process, PROCESS_CPU_TIME, &time);
    record.threads = (unsigned)threads;
    record.memory = frames * PAGE_SIZE;
    record.time = time;
    return record;
}

void report_fault(const struct child *child, const uint64_t *words)
{
    char line[160], place[32] = ""; /* only a page fault is about an address */
    unsigned vector = (unsigned)words[FAULT_VECTOR];
    if (vector == VECTOR_PAGE_FAULT)
        snprintf(place, sizeof(place), " at 0x%lx", words[FAULT_ADDRESS]);
    snprintf(line, sizeof(line), "%s (process %u): %s%s, rip 0x%lx\n", child->is.name, child->is.number,
             fault_text(vector), place, words[FAULT_RIP]);
    struct message m = message(IO_WRITE);
    m.word_count = MESSAGE_REGISTER_WORDS;
    m.words[0] = IO_APPEND;
    m.words[1] = strlen(line);
    message_lend(&m, line, m.words[1], LEASE_READ);
    ipc_request(startup_capability("error"), &m, sys_clock() + SECOND);
}
