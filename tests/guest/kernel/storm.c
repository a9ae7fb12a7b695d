/*
 * A storm: processes of several threads that make random calls on whatever they hold, and are killed at it.
 */
#include "tests/guest/harness/raw.h"
#include "tests/guest/harness/story.h"

#define LOW        5
#define MOVABLE(i) (HEAP_BASE + 0x100000 * (i)) /* where each process has movable Memory at first */
#define SHARED     board->cells[1]              /* the handle of the endpoint that all processes have */
#define MOVES      board->cells[2]              /* how often pages came with a message */

static handle_t meeting; /* an endpoint that the threads of a process have */

static const uint64_t hostile[] = {0,
                                   1,
                                   4096,
                                   1ul << 31,
                                   0x7fffffffffffffff,
                                   1ul << 63,
                                   ~0ul,
                                   ~0ul - 4095,
                                   USER_END,
                                   MESSAGE_PAGES,
                                   0xffff800000200000,
                                   0xffffffff80200000,
                                   MAX_CAPABILITIES | 1ul << 32};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A number of the kind that finds something: mostly a handle of the small table every process here has. */
static uint64_t random_argument(uint64_t *state)
{
    uint64_t dice = next_random(state);
    switch (dice % 8) {
    case 0:
        return hostile[dice / 8 % (sizeof(hostile) / sizeof(hostile[0]))];
    case 1:
        return dice / 8 % 70;
    case 2:
        return HEAP_BASE + dice / 8 % 64 * PAGE_SIZE;
    case 3:
        return SELF;
    default:
        return (1 + dice / 512 % 3) << 32 | dice / 8 % 40;
    }
}

static bool waits(uint64_t number)
{
    return number == SYS_SEND || number == SYS_RECV || number == SYS_CALL || number == SYS_REPLY_RECV ||
           number == SYS_WAIT;
}

/* Some pages of what was mapped movable at first, mostly. */
static struct page_range any_pages(uint64_t *state)
{
    uint64_t dice = next_random(state);
    return (struct page_range){MOVABLE(dice % 2) + dice / 2 % 10 * PAGE_SIZE, 1 + dice / 64 % 4};
}

/* Any call; a quarter has any progress or shape. */
static struct raw_call any_call(uint64_t *state)
{
    uint64_t number = next_random(state) % (SYSCALL_COUNT + 1);
    struct raw_call call = {.rax = number | (next_random(state) % 4 ? 0 : next_random(state) << 8)};
    call.rax ^= next_random(state) & (SHAPE_MOVE | SHAPE_WINDOW);
    call.rdi = random_argument(state);
    call.rsi = waits(number) ? sys_clock() + next_random(state) % 100000 : random_argument(state);
    call.rdx = random_argument(state);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        call.words[i] = random_argument(state);
    return call;
}

/* A message with pages or for pages, by the endpoint that all processes have, or that this one has. */
static struct raw_call any_move(uint64_t *state, uint64_t token)
{
    static const uint64_t numbers[] = {SYS_SEND, SYS_RECV, SYS_CALL, SYS_REPLY, SYS_REPLY_RECV, SYS_REPLY_RECV};
    struct raw_call call = {.rax = numbers[next_random(state) % 6] | SHAPE_WINDOW, .rdx = token};
    if (next_random(state) % 4)
        call.rax |= SHAPE_MOVE;
    call.rdi = next_random(state) % 2 ? SHARED : meeting;
    call.rsi = sys_clock() + next_random(state) % 100000;
    return call;
}

static bool ends_it(const struct raw_call *call)
{
    uint64_t number = call->rax & 0xff;
    return number == SYS_PROCESS_EXIT || number == SYS_THREAD_EXIT || number == SYS_PROCESS_COUNTDOWN;
}

static void fill_page(struct message_page *page, uint64_t *state)
{
    for (unsigned i = 0; i < MESSAGE_CAPABILITIES; i++)
        page->capabilities[i] = random_argument(state);
    page->badges[next_random(state) % MESSAGE_CAPABILITIES] = next_random(state) % 2;
    page->move_mask = next_random(state);
    page->move = any_pages(state);
    page->window = any_pages(state);
}

static void storm(void *seed)
{
    uint64_t state = (uint64_t)seed, token = 0;
    for (;;) {
        struct raw_call call = next_random(&state) % 4 ? any_call(&state) : any_move(&state, token);
        bool receives = waits(call.rax & 0xff);
        if (ends_it(&call))
            continue; /* the storm itself */
        fill_page(message_page(), &state);
        if (raw_syscall(&call) != OK)
            continue;
        if (receives && call.rdx)
            token = call.rdx;
        if (receives && call.rax & SHAPE_MOVE)
            MOVES++;
    }
}

static void start_storm(void *seed)
{
    handle_t handle;
    sys_endpoint_create(SELF, &meeting);
    for (unsigned i = 0; i < 4; i++) {
        sys_endpoint_create(SELF, &handle);
        sys_notification_create(SELF, &handle);
        sys_memory_create(SELF, 1 + 30 * i, MEMORY_SHAREABLE, &handle);
        sys_process_create(30, 0, LOW, &handle);
    }
    for (uint64_t i = 0; i < 2; i++) {
        sys_memory_create(SELF, 40, MEMORY_MOVABLE, &handle);
        sys_map(SELF, handle, (void *)MOVABLE(i), 0, 12, RIGHT_READ | RIGHT_WRITE);
    }
    for (uint64_t cpu = 1; cpu < 4; cpu++)
        worker_on(cpu < board->cpus ? 1ul << cpu : 1, storm, (void *)((uint64_t)seed * 7 + cpu), LOW);
    storm(seed);
}

static void a_storm_of_random_calls(void)
{
    handle_t shared = new_endpoint(), processes[2] = {0};
    uint64_t found, seed = 1;
    while (again(200)) {
        handle_t *process = &processes[board->rounds % 2]; /* two at a time */
        if (*process)
            EQUAL(sys_cap_delete(SELF, *process), OK);
        *process = clone(start_storm, (void *)(seed++ * 0x9e3779b97f4a7c15),
                         &(struct clone_options){.quota = 1500, .fault = shared, .priority = LOW});
        CHECK(*process != 0);
        SHARED = give(shared, *process, RIGHTS_ALL); /* the same handle in each */
        CHECK(SHARED != 0);
        rest(20 * MILLISECOND);
        EQUAL(sys_audit(SELF, &found), OK);
        EQUAL(sys_audit(*process, &found), OK);
    }
    CHECK(MOVES > board->rounds || !board->exact);
}

int main(void)
{
    RUN_ONCE(a_storm_of_random_calls);
    finish();
}
