#include "tests/guest/harness/inhabitant.h"
#include "tests/guest/harness/raw.h"
#include "user/lib/thread.h"

bool inhabitants_audit = true;

#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)

uint64_t roll(struct life *life, uint64_t below)
{
    life->dice ^= life->dice << 13;
    life->dice ^= life->dice >> 7;
    life->dice ^= life->dice << 17;
    return (life->dice >> 8) % below;
}

/* ---- instructions that fault ---- */

__attribute__((noipa)) uint64_t touch(uint64_t address, uint64_t value)
{
    uint64_t found;
    __asm__ volatile(".global touch_begin, touch_failed\n"
                     "touch_begin:\n\t"
                     "mov %2, (%1)\n\t"
                     "mov (%1), %0\n\t"
                     "jmp 1f\n"
                     "touch_failed:\n\t"
                     "mov $-1, %0\n"
                     "1:"
                     : "=&r"(found)
                     : "r"(address), "r"(value)
                     : "memory");
    return found;
}

__attribute__((naked, noinline)) void stumble(void)
{
    __asm__("ud2\n\tret");
}

/* What a bare thread does: some work, then its end. Its argument is how much. */
__attribute__((naked, noinline)) static void be_brief(void)
{
    __asm__("1: pause\n\t"
            "dec %%rdi\n\t"
            "jnz 1b\n\t"
            "mov %0, %%eax\n\t"
            "syscall" ::"i"(SYS_THREAD_EXIT));
}

/* ---- what it has ---- */

static bool is_wild(const struct life *life)
{
    return !is_peaceful(life->inhabitant);
}

static handle_t made_handle(struct life *life)
{
    return life->made[roll(life, MADE)];
}

static handle_t guessed_handle(struct life *life)
{
    return roll(life, 48) | (1 + roll(life, 3)) << 32;
}

handle_t any_endpoint(struct life *life)
{
    return roll(life, 16) ? ENDPOINT_OF(life->inhabitant, roll(life, ENDPOINTS)) : any_handle(life);
}

static handle_t any_notice(struct life *life)
{
    return roll(life, 8) ? NOTICE_OF(life->inhabitant, roll(life, NOTIFICATIONS)) : any_handle(life);
}

static handle_t given_handle(struct life *life)
{
    uint64_t which = roll(life, ENDPOINTS + NOTIFICATIONS + MEMORIES);
    return GIVEN(life->inhabitant, which);
}

/* Of what it may lose. A peaceful one takes care of what it lives on. */
static handle_t expendable_handle(struct life *life)
{
    return is_wild(life) && roll(life, 8) == 0 ? guessed_handle(life) : made_handle(life);
}

handle_t any_handle(struct life *life)
{
    return roll(life, 2) ? expendable_handle(life) : given_handle(life);
}

/* In whose table it works: mostly its own. */
static handle_t any_process(struct life *life)
{
    return roll(life, 8) ? SELF : roll(life, 2) ? NEIGHBOUR(life->inhabitant) : made_handle(life);
}

void keep(struct life *life, handle_t handle)
{
    handle_t *place = &life->made[roll(life, MADE)];
    if (*place)
        sys_cap_delete(SELF, *place);
    *place = handle;
}

uint64_t place(const struct life *life)
{
    return HEAP_BASE + 0x40000000ul * (1 + life->thread);
}

/* ---- operations ---- */

static void make_object(struct life *life)
{
    static const unsigned flags[] = {MEMORY_SHAREABLE, MEMORY_SHAREABLE, MEMORY_MOVABLE, MEMORY_DMA};
    handle_t made, process = any_process(life);
    int status;
    switch (roll(life, 4)) {
    case 0:
        status = sys_endpoint_create(process, &made);
        break;
    case 1:
        status = sys_notification_create(process, &made);
        break;
    default:
        status = sys_memory_create(process, 1 + roll(life, 40), flags[roll(life, 4)], &made);
    }
    if (status == OK && process == SELF)
        keep(life, made);
}

static void use_memory(struct life *life)
{
    static const unsigned rights[] = {RIGHT_READ, READ_WRITE, READ_WRITE, RIGHT_READ | RIGHT_EXECUTE};
    handle_t memory = roll(life, 2) ? MEMORY_OF(life->inhabitant, roll(life, MEMORIES)) : expendable_handle(life);
    handle_t process = any_process(life);
    uint64_t page = roll(life, PLACE_PAGES), address = place(life) + page * PAGE_SIZE, physical;
    switch (roll(life, 8)) {
    case 0:
    case 1:
    case 2:
        sys_map(process, memory, (void *)address, roll(life, 4), 1 + roll(life, PLACE_PAGES - page),
                rights[roll(life, 4)]);
        break;
    case 3:
        sys_unmap(process, memory);
        break;
    case 4:
        sys_protect(process, memory, rights[roll(life, 4)]);
        break;
    case 5:
        sys_memory_physical(memory, roll(life, 8), &physical);
        break;
    default:
        touch(address, page);
    }
}

/* Brings movable Memory back whose pages have moved away. */
static void renew_movable(struct life *life)
{
    handle_t memory;
    if (sys_memory_create(SELF, MOVABLE_PAGES, MEMORY_MOVABLE, &memory) != OK)
        return;
    if (life->made[0])
        sys_cap_delete(SELF, life->made[0]);
    life->made[0] = memory;
    sys_map(SELF, memory, (void *)(place(life) + PLACE_PAGES * PAGE_SIZE), 0, MOVABLE_PAGES, READ_WRITE);
}

static void use_capability(struct life *life)
{
    handle_t from = any_process(life), to = any_process(life), made = 0;
    unsigned type, rights = (unsigned)roll(life, RIGHTS_ALL + 1) | (roll(life, 2) ? RIGHTS_ALL : 0);
    uint64_t badge;
    int status = E_HANDLE;
    switch (roll(life, 8)) {
    case 0:
    case 1:
        status = sys_cap_copy(SELF, any_handle(life), to, rights, &made);
        break;
    case 2:
    case 3:
        status = sys_cap_mint(SELF, any_endpoint(life), to, rights, roll(life, 1000), roll(life, 2) != 0, &made);
        break;
    case 4:
        status = sys_cap_move(SELF, expendable_handle(life), to, &made);
        break;
    case 5:
        sys_cap_delete(from == SELF ? SELF : NEIGHBOUR(life->inhabitant),
                       from == SELF ? expendable_handle(life) : guessed_handle(life));
        break;
    case 6:
        sys_cap_revoke(SELF, any_handle(life));
        break;
    default:
        sys_cap_info(from, any_handle(life), &type, &rights, &badge);
    }
    if (status == OK && to == SELF)
        keep(life, made);
}

static void use_notification(struct life *life)
{
    uint64_t bits;
    switch (roll(life, 4)) {
    case 0:
        sys_endpoint_bind(any_endpoint(life), roll(life, 2) ? any_notice(life) : 0);
        break;
    case 1:
        sys_wait(any_notice(life), sys_clock() + roll(life, 100 * MICROSECOND), &bits);
        break;
    default:
        sys_signal(any_notice(life), 1ul << roll(life, 64));
    }
}

static void use_thread(struct life *life)
{
    handle_t process = any_process(life), made;
    unsigned priority = 1 + (unsigned)roll(life, MOST_IMPORTANT);
    switch (roll(life, 4)) {
    case 0:
        sys_thread_set(made_handle(life), priority, roll(life, 16));
        break;
    case 1:
        sys_yield();
        break;
    default:
        if (sys_thread_create(process, (uint64_t)be_brief, 0, 1 + roll(life, 2000), priority, roll(life, 16), &made) ==
                OK &&
            process == SELF)
            keep(life, made);
    }
}

/* A child's life is short, and has no more in it than a few messages. */
static void be_child(void *number)
{
    struct life life = {.inhabitant = (uint64_t)number % INHABITANTS, .dice = (uint64_t)number};
    for (unsigned i = 0; i < 20; i++)
        talk(&life);
    if (roll(&life, 2))
        stumble();
}

static void make_process(struct life *life)
{
    handle_t made, fault = roll(life, 2) ? any_endpoint(life) : 0;
    if (roll(life, 2)) {
        made = clone(be_child, (void *)(roll(life, ~0ul) * INHABITANTS + life->inhabitant),
                     &(struct clone_options){.quota = 150, .fault = fault, .priority = 1 + (unsigned)roll(life, 10)});
        tally(PROCESSES, made != 0);
    } else if (sys_process_create(5 + roll(life, 20), fault, (unsigned)roll(life, 10), &made) != OK) {
        made = 0;
    }
    if (made)
        keep(life, made);
}

static bool waits(uint64_t number)
{
    return number == SYS_SEND || number == SYS_RECV || number == SYS_CALL || number == SYS_REPLY_RECV ||
           number == SYS_WAIT;
}

/* Any call with anything in its registers. */
static void call_at_random(struct life *life)
{
    uint64_t number = roll(life, SYSCALL_COUNT + 1);
    struct raw_call call = {.rax = number | (roll(life, 4) ? 0 : roll(life, ~0ul) << 8)};
    if (number == SYS_PROCESS_EXIT || number == SYS_THREAD_EXIT || number == SYS_REPLY || number == SYS_AUDIT)
        return;
    call.rdi = roll(life, 4) ? any_handle(life) : SELF;
    call.rsi = waits(number) ? sys_clock() + roll(life, 100 * MICROSECOND) : any_handle(life);
    call.rdx = roll(life, 2) ? any_handle(life) : place(life) + roll(life, 64) * PAGE_SIZE;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        call.words[i] = roll(life, 2) ? roll(life, 70) : any_handle(life);
    raw_syscall(&call);
}

/* What it does rarely. */
static void be_strange(struct life *life)
{
    uint64_t found;
    switch (roll(life, 8)) {
    case 0:
        stumble();
        break;
    case 1:
        touch(8, 0);
        break;
    case 2:
        if (inhabitants_audit)
            EQUAL(sys_audit(SELF, &found), OK);
        break;
    case 3:
        if (roll(life, 16) == 0)
            sys_thread_exit();
        break;
    case 4:
        if (roll(life, 64) == 0)
            sys_process_exit(7);
        break;
    default:
        make_process(life);
    }
}

static void act(struct life *life)
{
    static void (*const ways[])(struct life * life) = {make_object,      use_memory,       use_memory, use_capability,
                                                       use_notification, use_notification, use_thread, renew_movable};
    uint64_t dice = roll(life, 128);
    tally(OPERATIONS, 1);
    if (dice == 0)
        be_strange(life);
    else if (dice < 8 && is_wild(life))
        call_at_random(life);
    else if (dice < 80)
        talk(life);
    else
        ways[roll(life, sizeof(ways) / sizeof(ways[0]))](life);
}

static void live(void *argument)
{
    uint64_t number = (uint64_t)argument;
    struct life life = {.inhabitant = number % INHABITANTS, .thread = number / INHABITANTS};
    while (!INHABITANT_GO(life.inhabitant))
        sys_yield();
    life.dice = (INHABITANT_SEED(life.inhabitant) + life.thread + 1) * 0x9e3779b97f4a7c15ul;
    for (;;)
        act(&life);
}

void inhabit(void *argument)
{
    uint64_t number = (uint64_t)argument;
    for (uint64_t i = 1; i < THREADS; i++)
        worker_on(0xffff, live, (void *)(number + i * INHABITANTS),
                  1 + (unsigned)(INHABITANT_SEED(number) >> 8 * i) % MOST_IMPORTANT);
    HAS_BEGUN(number) = 1;
    live((void *)number);
}
