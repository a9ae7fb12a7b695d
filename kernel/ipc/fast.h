/*
 * The short path of a message: a call that finds its server waiting, and a reply_recv that finds nobody else.
 *
 * Both functions check everything first, then do nothing but stores that cannot fail. Where a check does not hold they
 * return 0 and have changed nothing, and call.c does the same work the general way: same results, only longer
 * (tests/guest runs both and compares). What is special here is only what is absent: no capabilities, no leases, no
 * donation, nobody of higher priority ready.
 */
#pragma once
#include "kernel/ipc/ipc.h"

/* The verdict (this CPU has switched already), or 0 if this call is not for the short path. */
struct thread *fast_call(struct thread *self, struct frame *frame);
struct thread *fast_reply_recv(struct thread *self, struct frame *frame);
extern bool fast_path_enabled; /* a boot option turns it off, for comparison */
