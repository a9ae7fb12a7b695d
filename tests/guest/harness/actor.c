#include "tests/guest/harness/actor.h"
#include "user/lib/thread.h"
#include <string.h>

#define MOVABLE(a)    ((char *)0x0d0000000000 + (a)*0x100000) /* where an actor has its movable pages */
#define MOVABLE_PAGES 8

uint64_t actor_memory[ACTORS][LENT];
static handle_t movable[ACTORS];

/* Faults that this company heard of and may answer. */
static struct heard {
    uint64_t token;
    struct registers registers;
} heard[ACTORS];
static unsigned faults_heard;

/* Its movable Memory, whole and all of it known; sometimes the pages and the window are not all in it. */
static void set_movable(uint64_t actor, uint64_t *state)
{
    struct message_page *page = message_page();
    uint64_t dice = next_random(state);
    EQUAL(sys_unmap(SELF, movable[actor]), OK);
    EQUAL(sys_map(SELF, movable[actor], MOVABLE(actor), 0, MOVABLE_PAGES, RIGHT_READ | RIGHT_WRITE), OK);
    for (unsigned i = 0; i < MOVABLE_PAGES; i++)
        *(uint64_t *)(MOVABLE(actor) + i * PAGE_SIZE) = next_random(state);
    page->move = (struct page_range){(uint64_t)MOVABLE(actor) + dice % 6 * PAGE_SIZE, 1 + dice / 64 % 3};
    page->window = (struct page_range){(uint64_t)MOVABLE(actor) + dice / 1024 % 6 * PAGE_SIZE, 1 + dice / 4096 % 4};
}

/* What lies in memory before the call: everything from the seed, some of it senseless. */
static void set_stage(uint64_t actor)
{
    uint64_t state = SEED_OF(actor) | 1;
    struct message_page *page = message_page();
    for (unsigned i = 0; i < LENT; i++)
        actor_memory[actor][i] = next_random(&state);
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < MESSAGE_WORDS; i++)
        page->words[i] = next_random(&state);
    for (unsigned i = 0; i < MESSAGE_CAPABILITIES; i++)
        page->capabilities[i] = GIFT(actor, i);
    page->move_mask = MOVES(actor);
    for (unsigned i = 0; i < MESSAGE_LEASES; i++) {
        uint64_t dice = next_random(&state);
        page->leases[i] = (struct lease){(uint64_t)actor_memory[actor], dice % (8 * LENT), 1 + dice / 4096 % 3};
        if (dice >> 60 == 0)
            page->leases[i].access = dice >> 32 & 7;
    }
    if (REGISTER(actor)[0] & (SHAPE_MOVE | SHAPE_WINDOW) && KIND(actor) == KIND_MESSAGE)
        set_movable(actor, &state);
    for (unsigned i = 0; i < ACTORS; i++)
        if (heard[i].token == REGISTER(actor)[3]) { /* whoever stumbled goes on behind it */
            page->registers = heard[i].registers;
            page->registers.rip += 2;
        }
}

static uint64_t digest_capability(uint64_t digest, handle_t handle)
{
    unsigned type = 0, rights = 0;
    uint64_t badge = 0;
    if (handle) {
        EQUAL(sys_cap_info(SELF, handle, &type, &rights, &badge), OK);
        EQUAL(sys_cap_delete(SELF, handle), OK);
    }
    return stir(stir(stir(stir(digest, handle), type), rights), badge);
}

/* What came with a message besides the registers; capabilities are looked at and thrown away. */
static uint64_t digest_message(uint64_t digest, uint64_t shape, uint64_t token)
{
    const struct message_page *page = message_page();
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < SHAPE_GET_WORDS(shape); i++)
        digest = stir(digest, page->words[i]);
    for (unsigned i = 0; i < SHAPE_GET_CAPABILITIES(shape); i++)
        digest = digest_capability(digest, page->capabilities[i]);
    for (unsigned i = 0; i < SHAPE_GET_LEASES(shape); i++)
        digest = stir(stir(stir(digest, page->leases[i].address), page->leases[i].length), page->leases[i].access);
    for (unsigned long i = 0; shape & SHAPE_MOVE && i < page->move.pages; i++)
        digest = stir(stir(digest, page->move.address), *(uint64_t *)(page->move.address + i * PAGE_SIZE));
    if (SHAPE_GET_ARRIVAL(shape) == ARRIVAL_MESSAGE)
        digest = stir(digest, page->sender);
    if (SHAPE_GET_LABEL(shape) == LABEL_FAULT) {
        const uint64_t *registers = &page->registers.r15;
        heard[faults_heard++ % ACTORS] = (struct heard){token, page->registers};
        for (unsigned i = 0; i < sizeof(page->registers) / 8; i++)
            digest = stir(digest, registers[i]);
    }
    return digest;
}

/* An invalid instruction, with nothing in the registers that was left there by an earlier call. */
static void stumble(void)
{
    __asm__ volatile("xor %%eax, %%eax\n\t"
                     "mov %%rax, %%rbx\n\t"
                     "mov %%rax, %%rcx\n\t"
                     "mov %%rax, %%rdx\n\t"
                     "mov %%rax, %%rsi\n\t"
                     "mov %%rax, %%rdi\n\t"
                     "mov %%rax, %%r8\n\t"
                     "mov %%rax, %%r9\n\t"
                     "mov %%rax, %%r10\n\t"
                     "mov %%rax, %%r11\n\t"
                     "mov %%rax, %%r12\n\t"
                     "mov %%rax, %%r13\n\t"
                     "mov %%rax, %%r14\n\t"
                     "mov %%rax, %%r15\n\t"
                     "ud2" ::
                         : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                           "r15", "memory");
}

static bool receives(uint64_t operation)
{
    return operation == SYS_CALL || operation == SYS_RECV || operation == SYS_REPLY_RECV;
}

static void act(uint64_t actor)
{
    struct raw_call call;
    uint64_t digest = 1, operation = ROW(actor, 0) & 0xff;
    if (KIND(actor) == KIND_STUMBLE) {
        stumble();
        return;
    }
    memcpy(&call, (const void *)REGISTER(actor), sizeof(call));
    if (raw_syscall(&call) == OK && receives(operation))
        digest = digest_message(digest, call.rax, call.rdx);
    memcpy((void *)REGISTER(actor), &call, sizeof(call));
    for (unsigned i = 0; i < LENT; i++) /* servers may have written there; lease calls of its own, too */
        digest = stir(digest, actor_memory[actor][i]);
    DIGEST(actor) = digest;
}

static void be_actor(void *argument)
{
    uint64_t actor = (uint64_t)argument, bits;
    while (sys_wait(CUE(actor), DEADLINE_FOREVER, &bits) == OK) {
        set_stage(actor);
        act(actor);
        ACTED(actor)++;
    }
}

void actors_begin(void *argument)
{
    uint64_t company = (uint64_t)argument;
    for (uint64_t i = 0; i < ACTORS; i++)
        if (COMPANY_OF(i) == company) {
            CUE(i) = new_notification();
            EQUAL(sys_memory_create(SELF, MOVABLE_PAGES, MEMORY_MOVABLE, &movable[i]), OK);
            ACTOR_THREAD(i) = worker_on(1, be_actor, (void *)i, 2 + (unsigned)i);
        }
    COMPANY_READY(company) = 1;
    while (company)
        rest(1000 * SECOND);
}
