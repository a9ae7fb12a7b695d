/*
 * System calls on processes, threads, endpoints and notifications, and figures about the system.
 */
#include "kernel/sched/process.h"
#include "kernel/mm/tlb.h"
#include "kernel/syscall/handlers.h"

#define PRIORITY(word) ((unsigned)((word)&0xff))
#define AFFINITY(word) ((word) >> 8)
#define EVERY_CPU      ((1u << MAX_CPUS) - 1)

struct thread *sys_process_create(struct thread *self, struct frame *frame)
{
    struct process *payer;
    struct slot *fault = 0;
    handle_t handle = 0;
    int status = resolve_process(self, frame->r10, &payer);

    if (status == OK && frame->rsi)
        status = resolve(self, frame->rsi, OBJECT_ENDPOINT, RIGHT_SEND, &fault);
    if (status == OK && frame->rdx > self->process->highest_priority)
        status = E_ARGUMENT;
    if (status == OK)
        status = process_create(payer, frame->rdi, fault, (unsigned)frame->rdx, &handle);
    return answer(self, status, handle);
}

struct thread *sys_process_exit(struct thread *self, struct frame *frame)
{
    process_end(self->process, frame->rdi);
    thread_halt(self);
    return PICK;
}

/* TSC ticks as nanoseconds, without overflow for years. */
static uint64_t ticks_to_nanoseconds(uint64_t ticks)
{
    return ticks / machine.tsc_khz * 1000000 + ticks % machine.tsc_khz * 1000000 / machine.tsc_khz;
}

static uint64_t run_time(const struct process *process)
{
    uint64_t ticks = process->run_time;

    for (struct link *link = process->threads.next; link != &process->threads; link = link->next)
        ticks += container_of(link, struct thread, siblings)->run_time;
    return ticks_to_nanoseconds(ticks);
}

static uint64_t count_serving(const struct process *process)
{
    uint64_t count = 0;

    for (struct link *link = process->threads.next; link != &process->threads; link = link->next) {
        const struct thread *thread = container_of(link, struct thread, siblings);

        count += thread->serving || !list_is_empty(&thread->parked);
    }
    return count;
}

static int process_figure(const struct process *process, uint64_t what, uint64_t *value)
{
    switch (what) {
    case PROCESS_NUMBER:
        *value = process->number;
        return OK;
    case PROCESS_QUOTA:
        *value = process->account.quota;
        return OK;
    case PROCESS_USED:
        *value = process->account.used;
        return OK;
    case PROCESS_THREADS:
        *value = process->thread_count;
        return OK;
    case PROCESS_CAPABILITIES:
        *value = process->table.used;
        return OK;
    case PROCESS_CPU_TIME:
        *value = run_time(process);
        return OK;
    case PROCESS_EXITED:
        *value = process->ended;
        return OK;
    case PROCESS_EXIT_STATUS:
        *value = process->exit_status;
        return OK;
    case PROCESS_SERVING:
        *value = count_serving(process);
        return OK;
    default:
        return E_ARGUMENT;
    }
}

struct thread *sys_process_info(struct thread *self, struct frame *frame)
{
    struct process *process;
    uint64_t value = 0;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK)
        status = process_figure(process, frame->rsi, &value);
    return answer(self, status, value);
}

struct thread *sys_process_countdown(struct thread *self, struct frame *frame)
{
    struct process *process;
    int status = resolve_process(self, frame->rdi, &process);

    if (status != OK)
        return answer(self, status, 0);
    process->calls_left = frame->rsi;
    for (unsigned i = 0; i < machine.cpu_count; i++)
        percpu_area[i].detour |= DETOUR_COUNT;
    return answer(self, OK, 0);
}

static int check_placement(const struct process *process, uint64_t word)
{
    bool possible = AFFINITY(word) == 0 || (AFFINITY(word) & ((1ul << machine.cpu_count) - 1));

    return PRIORITY(word) <= process->highest_priority && AFFINITY(word) <= EVERY_CPU && possible ? OK : E_ARGUMENT;
}

static uint16_t affinity_mask(uint64_t word)
{
    return (uint16_t)(AFFINITY(word) ? AFFINITY(word) : EVERY_CPU);
}

struct thread *sys_thread_create(struct thread *self, struct frame *frame)
{
    struct thread_parameters parameters = {
        .entry = frame->rsi,
        .stack = frame->rdx,
        .argument = frame->r10,
        .priority = PRIORITY(frame->r8),
        .affinity = affinity_mask(frame->r8),
    };
    struct process *process;
    handle_t handle = 0;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK && process->ended)
        status = E_DEAD;
    if (status == OK && (parameters.entry >= USER_END || parameters.stack >= USER_END))
        status = E_ARGUMENT;
    if (status == OK)
        status = check_placement(process, frame->r8);
    if (status == OK)
        status = thread_create(process, &parameters, &handle);
    return answer(self, status, handle);
}

struct thread *sys_thread_set(struct thread *self, struct frame *frame)
{
    struct thread *thread;
    struct slot *slot;
    int status = resolve(self, frame->rdi, OBJECT_THREAD, RIGHT_CONTROL, &slot);

    if (status != OK)
        return answer(self, status, 0);
    thread = container_of(slot->object, struct thread, object);
    status = check_placement(thread->process, frame->rsi);
    if (status != OK)
        return answer(self, status, 0);
    thread_place(thread, PRIORITY(frame->rsi), affinity_mask(frame->rsi));
    return answer(self, OK, 0);
}

struct thread *sys_thread_exit(struct thread *self, struct frame *frame)
{
    (void)frame;
    if (!clients_fail(self, STEP_BUDGET))
        return restart(self, 0);
    inherit_bind(self, 0); /* it serves nowhere any more */
    thread_halt(self);
    return PICK;
}

struct thread *sys_endpoint_create(struct thread *self, struct frame *frame)
{
    struct process *process;
    handle_t handle = 0;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK)
        status = endpoint_create(process, &handle);
    return answer(self, status, handle);
}

struct thread *sys_notification_create(struct thread *self, struct frame *frame)
{
    struct process *process;
    handle_t handle = 0;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK)
        status = notification_create(process, &handle);
    return answer(self, status, handle);
}

struct thread *sys_endpoint_bind(struct thread *self, struct frame *frame)
{
    struct slot *endpoint, *notification = 0;
    int status = resolve(self, frame->rdi, OBJECT_ENDPOINT, RIGHT_RECEIVE, &endpoint);

    if (status == OK && frame->rsi)
        status = resolve(self, frame->rsi, OBJECT_NOTIFICATION, RIGHT_WAIT, &notification);
    if (status == OK)
        status = endpoint_bind(endpoint_of(endpoint->object), notification ? notification_of(notification->object) : 0);
    return answer(self, status, 0);
}

struct thread *sys_clock(struct thread *self, struct frame *frame)
{
    (void)frame;
    return answer(self, OK, clock_now());
}

/* Of all CPUs; whoever asks next hears of what comes from now on. */
static uint64_t take_longest_step(void)
{
    uint64_t longest = 0;

    for (unsigned i = 0; i < machine.cpu_count; i++) {
        if (percpu_area[i].longest_step > longest)
            longest = percpu_area[i].longest_step;
        percpu_area[i].longest_step = 0;
    }
    return longest;
}

struct thread *sys_system_info(struct thread *self, struct frame *frame)
{
    switch (frame->rdi) {
    case SYSTEM_FRAMES:
        return answer(self, OK, system_frames);
    case SYSTEM_FRAMES_FREE:
        return answer(self, OK, machine_frames.free);
    case SYSTEM_CAPABILITIES:
        return answer(self, OK, capabilities_in_use);
    case SYSTEM_OBJECTS:
        return answer(self, OK, objects_alive);
    case SYSTEM_THREADS:
        return answer(self, OK, threads_alive);
    case SYSTEM_PROCESSES:
        return answer(self, OK, process_count);
    case SYSTEM_CPUS:
        return answer(self, OK, machine.cpu_count);
    case SYSTEM_CPU:
        return answer(self, OK, percpu()->number);
    case SYSTEM_TSC_KHZ:
        return answer(self, OK, machine.tsc_khz);
    case SYSTEM_SHOOTDOWNS:
        return answer(self, OK, tlb_interrupts_sent);
    case SYSTEM_LONGEST_STEP:
        return answer(self, OK, take_longest_step());
    case SYSTEM_IDLE_TIME:
        return answer(self, OK, ticks_to_nanoseconds(idle_ticks));
    case SYSTEM_LONG_CHAINS:
        return answer(self, OK, inherit_long_walks);
    case SYSTEM_CIRCLES:
        return answer(self, OK, inherit_circles);
    default:
        return answer(self, E_ARGUMENT, 0);
    }
}
