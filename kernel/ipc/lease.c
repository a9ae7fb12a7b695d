/*
 * Copying through leases: one copy, straight between the client's memory and the server's.
 */
#include "kernel/ipc/ipc.h"
#include "kernel/mm/usercopy.h"

#define LEASE_STEP (32 * PAGE_SIZE)

struct lease_copy {
    struct space *lender, *own;
    uint64_t lent, buffer, length; /* of this step */
    bool write;                    /* to the lender */
};

static uint64_t copy_step(const struct lease_copy *copy)
{
    if (copy->write)
        return copy_between_users(copy->own, copy->buffer, copy->lender, copy->lent, copy->length);
    return copy_between_users(copy->lender, copy->lent, copy->own, copy->buffer, copy->length);
}

/* Whose fault it is that the copy stopped at this point. */
static int blame(const struct lease_copy *copy, uint64_t done)
{
    return space_access(copy->own, copy->buffer + done, !copy->write) ? E_LEASE : E_ADDRESS;
}

static struct thread *lease_copy(struct thread *self, struct frame *frame, bool write)
{
    struct thread *client = client_of_token(self, frame->rdi);
    uint64_t done = progress_of(self), total = frame->r8, offset = frame->rdx + done, room, copied;
    const struct lease *lease;
    struct lease_copy copy;

    if (!client)
        return answer(self, E_STALE, done);
    if (frame->rsi >= client->lease_count || done > total || offset < done)
        return answer(self, E_ARGUMENT, 0);
    lease = &client->leases[frame->rsi];
    if (!(lease->access & (write ? LEASE_WRITE : LEASE_READ)))
        return answer(self, E_RIGHTS, 0);
    if (done == total)
        return answer(self, OK, done);
    room = offset < lease->length ? lease->length - offset : 0;
    if (room == 0)
        return answer(self, E_LEASE, done);
    copy = (struct lease_copy){.lender = &client->process->space, .own = &self->process->space, .write = write};
    copy.lent = lease->address + offset;
    copy.buffer = frame->r10 + done;
    copy.length = total - done < LEASE_STEP ? total - done : LEASE_STEP;
    if (copy.length > room)
        copy.length = room;
    copied = copy_step(&copy);
    done += copied;
    if (copied < copy.length)
        return answer(self, blame(&copy, copied), done);
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
