#include "user/lib/heartbeat.h"
#include "servers/proto/init.h"
#include "user/lib/fail_stop.h"
#include "user/lib/startup.h"
#include "user/lib/syscall.h"

void heartbeat(void)
{
    handle_t signals = startup_capability("signals");
    uint64_t bits = 0;
    if (sys_wait(signals, DEADLINE_POLL, &bits) == OK && (bits & ~HEARTBEAT) != 0)
        sys_signal(signals, bits & ~HEARTBEAT);
}

void heartbeat_owing(uint64_t known)
{
    uint64_t owed = 0;
    sys_process_info(SELF, PROCESS_SERVING, &owed);
    fail_stop_unless(owed <= known);
}
