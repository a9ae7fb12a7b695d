/*
 * Faults as messages: the faulting thread calls its process's fault endpoint without knowing it.
 *
 * The call's token carries a lease of the whole address space (lease 0, offset = address), so that a handler can look
 * at and mend the memory. The answer FAULT_RESUME brings new registers; any other answer leaves the thread halted.
 */
#include "kernel/base/check.h"
#include "kernel/base/trace.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/process.h"

struct thread *fault_raise(struct thread *self, uint64_t address)
{
    struct process *process = self->process;
    struct slot *slot = process_fault_slot(process);
    struct frame *frame = &self->frame;

    trace_rare(TRACE_FAULT, self->number, (unsigned)frame->vector, address, frame->rip);
    if (process->depth == 0)
        panic("init faulted: vector %lu, error %lx, address %lx, rip %lx, rsp %lx, thread %u", frame->vector,
              frame->error, address, frame->rip, frame->rsp, self->number);
    if (!slot) {
        process_end(process, FAULT_EXIT_STATUS + frame->vector);
        thread_halt(self);
        return PICK;
    }
    self->fault_address = address;
    self->leases[0] = (struct lease){0, USER_END, LEASE_READ | LEASE_WRITE};
    self->lease_count = 1;
    self->faulting = true;
    self->expects_answer = true;
    self->through = slot;
    self->through_handle = slot->handle;
    self->badge = slot->badge;
    self->call_deadline = DEADLINE_FOREVER;
    return send_or_wait(self, endpoint_of(slot->object), DEADLINE_FOREVER);
}

void fault_answer(struct thread *client, struct thread *server)
{
    client->faulting = false;
    if (!fault_is_resumed(server)) {
        thread_halt(client);
        return;
    }
    frame_from_registers(&client->frame, &server->page->registers); /* other threads may write there */
}
