/*
 * Floating-point and vector registers belong to the thread: through switches, system calls, and from CPU to CPU. This
 * program is compiled without such instructions, so that only those written here use them.
 */
#include "tests/guest/harness/story.h"
#include <string.h>

/* What fxsave writes and fxrstor reads. */
struct state {
    uint16_t control, status;
    uint8_t tags, reserved;
    uint16_t opcode;
    uint64_t instruction, data;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t x87[8][16]; /* 10 bytes each */
    uint8_t xmm[16][16];
    uint8_t rest[96];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct state) == 512, "the size of fxsave");

#define ALL_IN_USE 0xff

static void load(const struct state *state)
{
    __asm__ volatile("fxrstor64 (%0)" ::"r"(state) : "memory");
}

static void store(struct state *state)
{
    __asm__ volatile("fxsave64 (%0)" ::"r"(state) : "memory");
}

/* A state like no other thread's. */
static void fill(struct state *state, unsigned seed)
{
    memset(state, 0, sizeof(*state));
    state->control = 0x037f & ~0x0c00u;
    state->control |= (uint16_t)(seed % 4 << 10); /* rounding */
    state->tags = ALL_IN_USE;
    state->mxcsr = 0x1f80 | seed % 4 << 13;
    for (unsigned i = 0; i < 8; i++) {
        memset(state->x87[i], (int)(seed * 16 + i), 8);
        state->x87[i][7] |= 0x80; /* a normal number has its highest bit set */
        state->x87[i][8] = (uint8_t)seed;
        state->x87[i][9] = 0x3f;
    }
    for (unsigned i = 0; i < 16; i++)
        memset(state->xmm[i], (int)(seed * 17 + i), 16);
}

static bool is_same(const struct state *a, const struct state *b)
{
    for (unsigned i = 0; i < 8; i++)
        if (memcmp(a->x87[i], b->x87[i], 10) != 0)
            return false;
    return a->control == b->control && a->mxcsr == b->mxcsr && a->tags == b->tags &&
           memcmp(a->xmm, b->xmm, sizeof(a->xmm)) == 0;
}

#define ROUNDS 400

/* Keeps its registers through whatever it does: nothing, system calls, waiting. */
static void keep(void *seed)
{
    struct state mine, now;
    uint64_t number = (uint64_t)seed;
    fill(&mine, (unsigned)number);
    load(&mine);
    for (unsigned i = 0; i < ROUNDS; i++) {
        store(&now);
        CHECK(is_same(&mine, &now));
        if (i % 50 == number)
            rest(50 * MICROSECOND);
        else if (i % 3 == 0)
            sys_yield();
        else
            for (unsigned turn = 0; turn < 200; turn++)
                __asm__ volatile("pause");
    }
    __atomic_fetch_add(&board->cells[0], 1, __ATOMIC_RELAXED);
}

/* More threads than CPUs, bound to none: they go from CPU to CPU with their registers. */
static void every_thread_keeps_its_registers(void)
{
    own.quiet = new_notification();
    for (uint64_t i = 0; i < 4 * board->cpus; i++)
        worker_on(0, keep, (void *)i, STORY_PRIORITY);
    EVENTUALLY(board->cells[0] == 4 * board->cpus);
}

/* Also those of different processes. */
static void so_does_every_process(void)
{
    for (uint64_t i = 0; i < 2 * board->cpus; i++)
        CHECK(clone(keep, (void *)i, &(struct clone_options){.priority = 5}) != 0);
    EVENTUALLY(board->cells[0] == 2 * board->cpus);
}

/* A fresh thread finds nothing of another's in its registers. */
static void look(void *unused)
{
    struct state now, zero;
    (void)unused;
    store(&now);
    memset(&zero, 0, sizeof(zero));
    EQUAL(now.control, 0x037f);
    EQUAL(now.mxcsr, 0x1f80);
    CHECK(memcmp(now.xmm, zero.xmm, sizeof(now.xmm)) == 0);
    CHECK(memcmp(now.x87, zero.x87, sizeof(now.x87)) == 0);
    board->cells[1]++;
}

static void a_fresh_thread_has_fresh_registers(void)
{
    struct state mine, now;
    fill(&mine, 99);
    load(&mine);
    for (uint64_t i = 1; i <= 20; i++) {
        worker(look, 0, STORY_PRIORITY + 1);
        EVENTUALLY(board->cells[1] == i);
        store(&now);
        CHECK(is_same(&mine, &now));
    }
}

/* What a thread did with its registers is gone with it; its object's next tenant starts afresh. */
static void leave_a_mess(void *unused)
{
    struct state mine;
    (void)unused;
    fill(&mine, 77);
    load(&mine);
}

static void a_dead_threads_registers_are_gone(void)
{
    for (uint64_t i = 1; i <= 10; i++) {
        handle_t thread = worker(leave_a_mess, 0, STORY_PRIORITY + 1);
        settle();
        EQUAL(sys_cap_delete(SELF, thread), OK);
        worker(look, 0, STORY_PRIORITY + 1);
        EVENTUALLY(board->cells[1] == i);
    }
}

/* ---- exceptions ---- */

enum { INVALID = 6, X87 = 16 };

static void divide_x87(void *unused)
{
    uint16_t control = 0x037f & ~4u; /* division by zero is an exception */
    (void)unused;
    __asm__ volatile("fldcw %0; fldz; fld1; fdiv %%st(1), %%st; fwait" ::"m"(control));
}

/* Wider registers than the kernel saves are not there. */
static void use_avx(void *unused)
{
    (void)unused;
    __asm__ volatile("vzeroupper");
}

static void exceptions_are_faults_of_the_thread(void)
{
    void (*const culprits[])(void *) = {divide_x87, use_avx};
    static const unsigned vectors[] = {X87, INVALID};
    for (unsigned i = 0; i < 2; i++) {
        handle_t endpoint = new_endpoint();
        CHECK(clone(culprits[i], 0, &(struct clone_options){.fault = endpoint, .affinity = 1ul << board->thread_cpu}));
        struct message m = received(endpoint);
        EQUAL(m.label, LABEL_FAULT);
        EQUAL(m.words[FAULT_VECTOR], vectors[i]);
    }
}

int main(void)
{
    RUN_ONCE(every_thread_keeps_its_registers);
    RUN_ONCE(so_does_every_process);
    RUN(a_fresh_thread_has_fresh_registers);
    RUN(a_dead_threads_registers_are_gone);
    RUN(exceptions_are_faults_of_the_thread);
    finish();
}
