/*
 * Copying through leases: one copy, straight between the client's memory and the server's.
 */
#include "kernel/ipc/ipc.h"
#include "kernel/mm/usercopy.h"

#define LEASE_STEP (32 * PAGE_SIZE)

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* One step; whose fault it is if it stops is found out by looking at the caller's own buffer there. */
static struct thread *lease_copy(struct thread *self, struct frame *frame, bool write)
{
    struct thread *client = client_of_token(self, frame->rdi);
    uint64_t done = progress_of(self), total = frame->r8, offset = frame->rdx + done, length, copied;
    struct space *own = &self->process->space, *lender;
    const struct lease *lease;

    if (!client)
        return answer(self, E_STALE, done);
    if (frame->rsi >= client->lease_count || done > total || offset < done)
        return answer(self, E_ARGUMENT, 0);
    lease = &client->leases[frame->rsi];
    if (!(lease->access & (write ? LEASE_WRITE : LEASE_READ)))
        return answer(self, E_RIGHTS, 0);
    if (offset >= lease->length)
        return answer(self, done == total ? OK : E_LEASE, done);
    length = smaller(smaller(total - done, LEASE_STEP), lease->length - offset);
    lender = &client->process->space;
    if (write)
        copied = copy_between_users(own, frame->r10 + done, lender, lease->address + offset, length);
    else
        copied = copy_between_users(lender, lease->address + offset, own, frame->r10 + done, length);
    done += copied;
    if (copied < length)
        return answer(self, space_access(own, frame->r10 + done, !write) ? E_LEASE : E_ADDRESS, done);
    return done == total ? answer(self, OK, done) : restart(self, done);
}

struct thread *sys_lease_read(struct thread *self, struct frame *frame)
{
    return lease_copy(self, frame, false);
}

struct thread *sys_lease_write(struct thread *self, struct frame *frame)
{
    return lease_copy(self, frame, true);
}
