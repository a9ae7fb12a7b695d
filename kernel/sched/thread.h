/*
 * Threads. sched/thread.c is the only writer of a thread's state; a state and its queue membership change together:
 *
 *   READY     if and only if it is in the run queue
 *   RUNNING   if and only if it is some CPU's `current`, or the verdict that this kernel entry is about to apply
 *   SENDING   in the sender queue of an endpoint        (send or call, not yet delivered)
 *   RECEIVING in the receiver queue of an endpoint
 *   CALLING   `server` serves it, or has parked it      (delivered, waits for the answer)
 *   WAITING   in the waiter queue of a notification
 *   HALTED    in no queue; never runs again
 *
 * A blocked thread is a state here, not a suspended stack: its registers are in `frame`, and whoever wakes it writes
 * the results there.
 */
#pragma once
#include "kernel/base/percpu.h"
#include "kernel/base/trace.h"
#include "kernel/cap/capability.h"
#include "kernel/sched/inherit.h"
#include "kernel/sched/timeout.h"

enum thread_state {
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_SENDING,
    THREAD_RECEIVING,
    THREAD_CALLING,
    THREAD_WAITING,
    THREAD_HALTED
};

/* Reasons to look closer at a thread when it enters the kernel; 0 almost always. */
enum attention { ATTENTION_STOP = 1 }; /* it must not run user code again; its CPU has a detour to make, too */

#define NOT_ARMED (~0u)

struct thread {
    struct frame frame; /* first, so that the end of it is easy to find */
    uint8_t fpu[FPU_STATE_SIZE] __attribute__((aligned(16)));
    struct object object;
    struct process *process;
    uint32_t number;           /* never used again */
    uint64_t sender_identity;  /* process number << 32 | number, as receivers see it */
    uint32_t index;            /* in the thread table */
    struct link siblings;      /* in process->threads */
    struct message_page *page; /* its message page, in the direct map */
    uint64_t page_address;     /* and where the user sees it */

    /* sched/ */
    enum thread_state state;
    uint32_t attention;
    uint8_t base_priority;        /* what it was given */
    uint8_t priority;             /* what it has: sched/inherit.h */
    uint16_t affinity;            /* bit n: may run on CPU n */
    struct link queue;            /* by state, see above */
    struct sender_queue *sending; /* while SENDING: where */
    uint64_t run_time;            /* TSC ticks */
    struct sender_queue *bound;   /* of the endpoint it received from last */
    struct link binding;          /* in bound->servers */
    uint64_t deadline;            /* nanoseconds, while armed */
    uint32_t heap_place;          /* in the deadline heap, or NOT_ARMED */

    /* ipc/: of what this thread sent */
    struct slot *through;    /* the capability it sends through, checked again at delivery: */
    handle_t through_handle; /* it must still have this name */
    uint64_t token;          /* of its latest call; each call adds TOKEN_STEP */
    bool expects_answer;     /* a call, not a send */
    bool faulting;           /* the message is a fault: the frame is the thread's own */
    uint64_t badge;
    uint64_t fault_address;              /* of a page fault */
    struct lease leases[MESSAGE_LEASES]; /* as they were when the call was made */
    unsigned lease_count;
    uint64_t call_deadline; /* as given, told to the server */
    struct thread *server;  /* while CALLING: who received it */

    /* ipc/: as a server */
    struct thread *serving; /* the client received last, while it waits: it donates its priority */
    struct link parked;     /* earlier ones that still wait for an answer (their `queue`); they donate nothing */
};
_Static_assert(sizeof(struct thread) <= PAGE_SIZE, "a Thread object is one frame");
#define THREAD_FRAMES 2 /* the object and its message page */

static inline struct thread *thread_of_frame(struct frame *frame)
{
    return container_of(frame, struct thread, frame);
}

static inline struct thread *thread_of_queue(struct link *link)
{
    return container_of(link, struct thread, queue);
}

/*
 * Reply tokens. The thread table outlives threads, and call numbers never start again, so a token names one call for
 * ever: thread index in the low bits, call number above.
 */
#define TOKEN_INDEX_BITS 14
_Static_assert(MAX_THREADS == 1 << TOKEN_INDEX_BITS, "a token holds a thread index");
#define TOKEN_STEP (1ul << TOKEN_INDEX_BITS)
extern struct thread *thread_table[MAX_THREADS];
extern unsigned threads_alive;
/* The thread whose current call the token names and which waits for its answer, or 0. */
static inline struct thread *thread_of_token(uint64_t token)
{
    struct thread *thread = thread_table[token % MAX_THREADS];

    return thread && thread->token == token && thread->state == THREAD_CALLING ? thread : 0;
}

/* The name of the call that a blocked thread makes: the token it has, or will have when it is delivered. 0: none. */
static inline uint64_t thread_call(const struct thread *thread)
{
    if (thread->state == THREAD_CALLING)
        return thread->token;
    return thread->state == THREAD_SENDING && thread->expects_answer ? thread->token + TOKEN_STEP : 0;
}

extern struct priority_queue run_queue; /* READY threads */

/* Is it the client that its server received last? Then it lends its priority. */
static inline bool thread_is_served(const struct thread *thread)
{
    return thread->state == THREAD_CALLING && thread->server->serving == thread;
}

/* `thread` serves this client from now on, and may inherit from it. */
static inline void thread_inherit_from(struct thread *thread, const struct thread *client)
{
    if (client->priority > thread->priority)
        inherit_update(thread);
}

/* A new thread of `process`, charged to it, READY. Checks nothing but quota and limits. E_QUOTA, E_LIMIT. */
struct thread_parameters {
    uint64_t entry, stack, argument;
    unsigned priority;
    uint16_t affinity;
};
int thread_create(struct process *process, const struct thread_parameters *parameters, handle_t *handle);
uint64_t thread_charge(const struct object *object);
/* Takes a thread off its CPU or queue for good. False while a CPU still runs it: try again. */
bool thread_stop(struct thread *thread);
/* Frees what a stopped thread has. Its clients must have been answered (ipc/). */
void thread_release(struct thread *thread);

/* ---- changes of state; each also moves the thread between queues and disarms its deadline ---- */
void thread_ready(struct thread *thread); /* into the run queue; preempts whom it should */
void thread_block_sending(struct thread *self, struct sender_queue *queue); /* the current one, into this queue */
void thread_halt(struct thread *thread);
void thread_leave(struct thread *thread); /* the general case of thread_chosen() */

/* Ends its wait at this time, unless that is never or something else ends it before. */
static inline void thread_limit_wait(struct thread *thread, uint64_t deadline)
{
    if (deadline != DEADLINE_FOREVER)
        deadline_arm(thread, deadline);
}
static inline void thread_forget_deadline(struct thread *thread)
{
    if (thread->heap_place != NOT_ARMED)
        deadline_disarm(thread);
}
/* Records that a thread waits at this place in an object, and until when: every call that may wait has it in rsi. */
COLD void thread_trace_wait(const struct thread *thread, const void *place);
/* The current thread waits from now on, appended to `queue`. */
static inline void thread_block(struct thread *self, enum thread_state state, struct link *queue)
{
    self->state = state;
    list_append(queue, &self->queue);
    if (trace_is_on())
        thread_trace_wait(self, queue);
}
/* CALLING: `server`, which serves nobody, serves it now; its priority has yet to be computed (sched/inherit.h). */
static inline void thread_block_calling(struct thread *thread, struct thread *server)
{
    if (thread->state != THREAD_RUNNING)
        thread_leave(thread);
    thread->state = THREAD_CALLING;
    thread->server = server;
    server->serving = thread;
    if (trace_is_on())
        thread_trace_wait(thread, server);
}
/* Out of whatever it does: RUNNING, this entry's verdict. */
static inline void thread_chosen(struct thread *thread)
{
    if (thread->state != THREAD_RECEIVING && thread->state != THREAD_WAITING) {
        thread_leave(thread);
        return;
    }
    thread_forget_deadline(thread);
    list_take(&thread->queue);
    thread->state = THREAD_RUNNING;
}
/* The current thread is READY again; some CPU has yet to be told. */
static inline void thread_put_back(struct thread *self)
{
    self->state = THREAD_READY;
    priority_queue_append(&run_queue, &self->queue, self->priority);
}
/* The client that `server` serves, if any, is parked. */
static inline void thread_park_client(struct thread *server)
{
    if (server->serving)
        list_append(&server->parked, &server->serving->queue);
    server->serving = 0;
}
/* A READY thread is chosen. */
static inline void thread_take_ready(struct thread *thread)
{
    priority_queue_remove(&run_queue, &thread->queue, thread->priority);
    thread->state = THREAD_RUNNING;
}
/* A new priority and affinity, whatever the thread does. */
void thread_place(struct thread *thread, unsigned priority, uint16_t affinity);
/* The priority it inherited. For sched/inherit.c. */
void thread_reprioritize(struct thread *thread, unsigned priority);
