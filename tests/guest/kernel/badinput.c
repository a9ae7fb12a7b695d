/*
 * System calls that no library would make. The kernel answers each with a status and is the same as before: its own
 * audit, the frame of the tests, and the stories' remaining threads would notice. (storm.c makes them at random.)
 */
#include "tests/guest/harness/raw.h"
#include "tests/guest/harness/watcher.h"
#include "user/lib/memory.h"
#include "user/lib/thread.h"

#define LOW 5

/* ---- every argument of every call, in turn, replaced by something hostile ---- */

enum object { ENDPOINT, NOTIFICATION, MEMORY, PROCESS, THREAD, IRQ, PORTS, DEVICE, OBJECTS };
static handle_t objects[OBJECTS];
static handle_t stale;
static char *place; /* where MEMORY would be mapped */

__attribute__((naked)) static void end_at_once(void)
{
    __asm__("mov %0, %%eax\n\tsyscall" ::"i"(SYS_THREAD_EXIT));
}

static int make(enum object kind, handle_t *handle)
{
    uint64_t address;
    uint32_t data;
    switch (kind) {
    case ENDPOINT:
        return sys_endpoint_create(SELF, handle);
    case NOTIFICATION:
        return sys_notification_create(SELF, handle);
    case MEMORY:
        return sys_memory_create(SELF, 200, MEMORY_SHAREABLE, handle);
    case PROCESS:
        return sys_process_create(20, 0, 0, handle);
    case THREAD:
        return sys_thread_create(SELF, (uint64_t)end_at_once, 0, 0, 0, 0, handle);
    case IRQ:
        return sys_irq_create_msi(own.irqs, handle, &address, &data);
    case PORTS:
        return sys_ioports_create(own.ports, 0x80, 2, handle);
    default:
        return sys_memory_device(own.devices, 0xfed00000, 1, 0, handle);
    }
}

/* Every object is there and is what it was made as; what a call destroyed is made again. */
static void repair(void)
{
    for (enum object kind = 0; kind < OBJECTS; kind++) {
        unsigned type, rights;
        uint64_t badge;
        if (sys_cap_info(SELF, objects[kind], &type, &rights, &badge) != OK)
            EQUAL(make(kind, &objects[kind]), OK);
    }
}

/* Arguments with which the call does something sensible; o(KIND) stands for an object's handle. */
#define o(kind)     (OBJECT_MARK | (kind))
#define OBJECT_MARK 0xabcdef00ul
#define PLACE       0xabcdee00ul

static const struct sample {
    uint64_t number, arguments[6];
    int deadline; /* which argument is one, -1 none: a hostile deadline is a long wait */
} samples[] = {
    {SYS_NULL, {0}, -1},
    {SYS_SEND, {o(ENDPOINT), 0}, 1},
    {SYS_RECV, {o(ENDPOINT), 0}, 1},
    {SYS_CALL, {o(ENDPOINT), 0}, 1},
    {SYS_REPLY, {0, 0, 1}, -1},
    {SYS_REPLY_RECV, {o(ENDPOINT), 0, 1}, 1},
    {SYS_SEND | SHAPE_MOVE, {o(ENDPOINT), 0, 0, PLACE, 1}, 1},
    {SYS_RECV | SHAPE_MOVE | SHAPE_WINDOW, {o(ENDPOINT), 0, 0, PLACE, 1}, 1},
    {SYS_CALL | SHAPE_MOVE | SHAPE_WINDOW, {o(ENDPOINT), 0, 0, PLACE, 1}, 1},
    {SYS_REPLY | SHAPE_MOVE, {0, 0, 1, PLACE, 1}, -1},
    {SYS_REPLY_RECV | SHAPE_MOVE | SHAPE_WINDOW, {o(ENDPOINT), 0, 1, PLACE, 1}, 1},
    {SYS_LEASE_READ, {1, 0, 0, PLACE, 100}, -1},
    {SYS_LEASE_WRITE, {1, 0, 0, PLACE, 100}, -1},
    {SYS_SIGNAL, {o(NOTIFICATION), 1}, -1},
    {SYS_WAIT, {o(NOTIFICATION), 0}, 1},
    {SYS_CAP_COPY, {SELF, o(MEMORY), o(PROCESS), RIGHTS_ALL}, -1},
    {SYS_CAP_MINT, {SELF, o(ENDPOINT), SELF, RIGHTS_ALL, 7, 1}, -1},
    {SYS_CAP_MOVE, {SELF, o(NOTIFICATION), o(PROCESS)}, -1},
    {SYS_CAP_DELETE, {SELF, o(MEMORY)}, -1},
    {SYS_CAP_REVOKE, {SELF, o(MEMORY)}, -1},
    {SYS_CAP_INFO, {SELF, o(MEMORY)}, -1},
    {SYS_PROCESS_CREATE, {10, o(ENDPOINT), 1}, -1},
    {SYS_PROCESS_INFO, {o(PROCESS), PROCESS_USED}, -1},
    {SYS_THREAD_CREATE, {SELF, (uint64_t)end_at_once, 0, 0, 0}, -1},
    {SYS_THREAD_SET, {o(THREAD), 1}, -1},
    {SYS_YIELD, {0}, -1},
    {SYS_ENDPOINT_CREATE, {o(PROCESS)}, -1},
    {SYS_NOTIFICATION_CREATE, {o(PROCESS)}, -1},
    {SYS_ENDPOINT_BIND, {o(ENDPOINT), o(NOTIFICATION)}, -1},
    {SYS_MEMORY_CREATE, {o(PROCESS), 1, MEMORY_MOVABLE}, -1},
    {SYS_MEMORY_DEVICE, {0, 0xfed00000, 1, 0}, -1},
    {SYS_MEMORY_PHYSICAL, {o(MEMORY), 0}, -1},
    {SYS_MAP, {SELF, o(MEMORY), PLACE, 0, 150, RIGHT_READ | RIGHT_WRITE}, -1},
    {SYS_UNMAP, {SELF, o(MEMORY)}, -1},
    {SYS_PROTECT, {SELF, o(MEMORY), RIGHT_READ}, -1},
    {SYS_IRQ_CREATE, {0, IRQ_MSI, 0}, -1},
    {SYS_IRQ_BIND, {o(IRQ), o(NOTIFICATION), 1}, -1},
    {SYS_IRQ_ACKNOWLEDGE, {o(IRQ)}, -1},
    {SYS_IOPORTS_CREATE, {o(PORTS), 0x80, 1}, -1},
    {SYS_PORT_READ, {o(PORTS), 0x80, 1}, -1},
    {SYS_PORT_WRITE, {o(PORTS), 0x80, 1, 0}, -1},
    {SYS_PORT_WRITE_BYTES, {o(PORTS), 0x80, PLACE, 10, PLACE}, -1},
    {SYS_CLOCK, {0}, -1},
    {SYS_SYSTEM_INFO, {SYSTEM_FRAMES}, -1},
    {SYS_AUDIT, {SELF}, -1},
    {SYS_ADOPT, {1}, -1},
    {SYS_CAP_AT, {o(PROCESS), 0}, -1},
    {SYS_PROCESS_COUNTDOWN, {o(PROCESS), 0}, -1},
    {SYSCALL_COUNT, {0}, -1},
    {0xff, {0}, -1},
};

static const uint64_t hostile[] = {
    0,
    1,
    2,
    63,
    64,
    65,
    4095,
    4096,
    0xffff,
    0x10000,
    1ul << 31,
    0xffffffff,
    9ul << 32,
    0x7fffffff00000000,
    0x7fffffffffffffff,
    1ul << 63,
    ~0ul,
    ~0ul - 4095,
    USER_END,
    USER_END - 1,
    MESSAGE_PAGES,
    0x800000000000,
    0xffff800000000000,
    0xffff800000200000,
    0xffffff0000000000,
    0xffffffff80200000,
    MAX_CAPABILITIES | 1ul << 32,
    o(ENDPOINT),
    o(NOTIFICATION),
    o(MEMORY),
    o(PROCESS),
    o(THREAD),
    o(IRQ),
    o(PORTS),
    o(DEVICE),
    PLACE,
};
#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static uint64_t value_of(uint64_t mark)
{
    if (mark == PLACE)
        return (uint64_t)place;
    return (mark & ~0xfful) == OBJECT_MARK ? objects[mark & 0xff] : mark;
}

/* One call of this sample with these high bits of rax; the argument `which` replaced. Its status. */
static int attempt(const struct sample *sample, uint64_t high, int which, uint64_t value)
{
    uint64_t a[6];
    struct raw_call call;
    repair();
    for (int i = 0; i < 6; i++)
        a[i] = value_of(i == which ? value : sample->arguments[i]);
    if (sample->deadline >= 0 && a[sample->deadline] > 1000)
        a[sample->deadline] = 1;
    call = (struct raw_call){.rax = sample->number | high, .rdi = a[0], .rsi = a[1], .rdx = a[2]};
    call.words[0] = a[3];
    call.words[1] = a[4];
    call.words[2] = a[5];
    message_page()->move = message_page()->window = (struct page_range){a[3], a[4]};
    return raw_syscall(&call);
}

static void prepare(void)
{
    place = address_reserve(200);
    stale = new_notification();
    EQUAL(sys_cap_delete(SELF, stale), OK);
}

/*
 * Runs in a clone, because hostile threads may be made in it: their faults are answered by leaving them where they are.
 * The clone's end is awaited; meanwhile a watcher on its CPU must not notice.
 */
static void in_a_victim(void (*run)(void *))
{
    handle_t endpoint = new_endpoint();
    struct message m;
    watchers_begin(1);
    CHECK(clone(run, 0,
                &(struct clone_options){
                    .quota = 10000, .fault = endpoint, .priority = LOW, .affinity = 1, .with_devices = true}) != 0);
    while ((m = received(endpoint)).label == LABEL_FAULT) {
        struct message leave = {.token = m.token};
        EQUAL(ipc_reply(&leave), OK);
    }
    EQUAL(m.label, LABEL_EXIT);
    EQUAL(m.words[0], 0);
    nobody_was_late();
}

static void replace_arguments(void *unused)
{
    (void)unused;
    prepare();
    for (unsigned i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        for (int which = 0; which < 6; which++) {
            for (unsigned j = 0; j < HOSTILE; j++)
                CHECK(attempt(&samples[i], 0, which, hostile[j]) <= E_WINDOW);
            CHECK(attempt(&samples[i], 0, which, stale) <= E_WINDOW);
        }
}

static void every_argument_may_be_hostile(void)
{
    in_a_victim(replace_arguments);
}

/* The bits of rax above the number are progress, or the shape of a message: whatever they say, nothing breaks. */
static void forge_progress(void *unused)
{
    uint64_t found;
    (void)unused;
    prepare();
    for (unsigned i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        for (unsigned bit = 8; bit < 64; bit++) {
            attempt(&samples[i], 1ul << bit, -1, 0);
            attempt(&samples[i], ~0ul << bit, -1, 0);
        }
        for (uint64_t pages = 0; pages < 210; pages++)
            attempt(&samples[i], pages << 8, -1, 0);
        EQUAL(sys_audit(SELF, &found), OK);
    }
}

static void progress_may_be_forged(void)
{
    in_a_victim(forge_progress);
}

/* A mapping grows only from where it ends, with the pages that follow: nothing else can be claimed of it. */
static void a_forged_map_cannot_reach_beyond_its_memory(void)
{
    handle_t memory = new_memory(100);
    struct raw_call call = {.rax = SYS_MAP | 20 << 8, .rdi = SELF, .rsi = memory};
    uint64_t found;
    place = address_reserve(200);
    EQUAL(sys_map(SELF, memory, place, 80, 20, RIGHT_READ), OK);
    call.rdx = (uint64_t)place;
    call.words[1] = 90; /* pages from page 0 on, 20 of them claimed to be done; but the 20 are pages 80 to 99 */
    call.words[2] = RIGHT_READ;
    EQUAL(raw_syscall(&call), E_BUSY);
    EQUAL(sys_audit(SELF, &found), OK);
}

static void numbers_that_are_no_calls(void)
{
    for (uint64_t number = SYSCALL_COUNT; number < 256; number++) {
        struct raw_call call = {.rax = number, .rdi = ~0ul};
        EQUAL(raw_syscall(&call), E_SYSCALL);
    }
}

/* Buffers that are not there, not ours, not writable: an error, and the count of what was done. */
static void bad_buffers_are_an_error(void)
{
    static const uint64_t bad[] = {
        0,    1,        USER_FIRST - 1, USER_END - 5, USER_END, 0x800000000000, 0xffff800000100000, 0xffffffff80200000,
        ~0ul, ~0ul - 10};
    handle_t ports;
    char *page = address_reserve(2);
    uint64_t done;
    EQUAL(sys_ioports_create(own.ports, 0x80, 1, &ports), OK);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        EQUAL(sys_port_write_bytes(ports, 0x80, (void *)bad[i], 20, &done), E_ADDRESS);
    EQUAL(sys_map(SELF, new_memory(1), page, 0, 1, RIGHT_READ), OK);
    EQUAL(sys_port_write_bytes(ports, 0x80, page + PAGE_SIZE - 5, 5, &done), OK);
    EQUAL(sys_port_write_bytes(ports, 0x80, page + PAGE_SIZE - 5, 6, &done), E_ADDRESS);
}

int main(void)
{
    RUN_ONCE(every_argument_may_be_hostile);
    RUN_ONCE(progress_may_be_forged);
    RUN_ONCE(a_forged_map_cannot_reach_beyond_its_memory);
    RUN_ONCE(numbers_that_are_no_calls);
    RUN_ONCE(bad_buffers_are_an_error);
    finish();
}
