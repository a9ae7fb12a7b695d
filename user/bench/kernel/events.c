/*
 * Faults and interrupts.
 */
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/device.h"
#include "user/lib/startup.h"

/* ---- a page fault, to its handler and back ---- */

#define NOWHERE ((void *)HEAP_BASE) /* nothing is mapped there in a clone */

static void fault_again_and_again(void *nowhere)
{
    loop_fault(nowhere);
}

static void faults(void)
{
    handle_t endpoint = new_endpoint(), process;
    struct loop loop = {.shape = SYS_REPLY_RECV | SHAPE_WORDS(1), .deadline = DEADLINE_FOREVER};
    process = partner(fault_again_and_again, NOWHERE, 0, endpoint);
    struct message m = received(endpoint);
    EQUAL(m.words[FAULT_VECTOR], 14);
    EQUAL(m.words[FAULT_ADDRESS], NOWHERE);
    loop.handle = endpoint;
    loop.other = (uint64_t)&message_page()->registers.rip;
    loop.words[0] = FAULT_RESUME;
    loop.words[1] = m.token;
    report("fault_roundtrip", cost_of(loop_resume, &loop, FEW),
           "a page fault becomes a message to another process, which answers it by reply_recv with a new rip; 10 user "
           "instructions are in it, the faulting one too");
    EQUAL(SHAPE_GET_LABEL(loop.shape), 0); /* not changed by the loop */
    EQUAL(sys_cap_delete(SELF, process), OK);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
}

/* ---- an interrupt, to its driver and back ---- */

#define DRIVER_PRIORITY 16
#define FIRST_SEEN      board->cells[TIDINGS] /* the driver's count */

static void drive(void *unused)
{
    struct loop loop = {.handle = told(HANDLE), .other = told(OTHER_HANDLE), .words = {(uint64_t)&FIRST_SEEN}};
    (void)unused;
    loop_driver(&loop);
}

static void interrupts(void)
{
    handle_t irq, news = new_notification(), driver;
    struct loop loop = {.other = (uint64_t)device_open(&irq)};
    uint64_t there[BATCHES], full[BATCHES];
    EQUAL(sys_irq_bind(irq, news, 1), OK);
    driver = partner(drive, 0, 0, 0);
    tell(HANDLE, give(irq, driver, RIGHT_CONTROL));
    tell(OTHER_HANDLE, give(news, driver, RIGHT_WAIT));
    EQUAL(sys_thread_set(bootinfo()->thread, DRIVER_PRIORITY - 1, 1), OK); /* now the driver runs, and waits */
    for (unsigned i = 0; i < BATCHES; i++) {
        loop_interrupt(&loop);
        there[i] = (uint32_t)(FIRST_SEEN - loop.words[0]) - 2; /* the counting and one move come before the write */
        full[i] = (uint32_t)(loop.words[1] - loop.words[0]) - 2;
    }
    EQUAL(sys_thread_set(bootinfo()->thread, BENCH_PRIORITY, 1), OK);
    report("irq_to_thread", median(there, BATCHES),
           "from the write that makes a device send its message-signalled interrupt, by a thread of lower priority, to "
           "the first instruction of the driver's thread, in another process");
    report("irq_full_cycle", median(full, BATCHES),
           "the same, and the driver acknowledges and waits again, up to the interrupted thread's next instruction; 11 "
           "user instructions of the driver are in it");
    EQUAL(sys_cap_delete(SELF, driver), OK);
    EQUAL(sys_cap_delete(SELF, irq), OK);
    EQUAL(sys_cap_delete(SELF, news), OK);
}

void bench_events(void)
{
    faults();
    interrupts();
}
