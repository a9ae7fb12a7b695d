/*
 * The system calls: numbers, arguments, units, errors, examples. This header is the manual.
 *
 * Ordinary calls (everything but the five message calls, whose registers are in message.h):
 *
 *   rax = number        rdi rsi rdx r10 r8 r9 = arguments 1..6
 *   rax = status        rdx = value             destroyed: rcx rdi rsi r10 r8 r9 r11; the rest is preserved
 *
 * `process` arguments name whose capability table and memory a call works on: SELF (0), or a Process capability
 * with RIGHT_CONTROL. Whoever's table receives a new object pays for it. Each call can also give
 *   E_HANDLE, E_TYPE, E_RIGHTS   for a handle that names nothing, the wrong kind, or lacks the right named.
 *
 * Long calls (marked "restarts") work in bounded steps: between two steps the thread returns to user mode with rip
 * at the syscall instruction and its progress in bits 8..63 of rax, as `rep movs` keeps its in rcx. A caller passes
 * the plain number and never notices. The one that sees other rax bits set is a program that wrote them.
 */
#pragma once

enum syscall_number {
    /* ---- does nothing: the cost of the door ---- */
    SYS_NULL = 0, /* () */

    /*
     * ---- messages (registers: message.h) ----
     *
     * send(endpoint RIGHT_SEND, deadline)            deliver, do not wait for an answer
     * call(endpoint RIGHT_SEND, deadline)            deliver and wait for the answer; the deadline covers both
     * recv(endpoint RIGHT_RECEIVE, deadline)         take bits of the bound notification, an event, or a message
     * reply(token)                                   answer; never waits
     * reply_recv(endpoint, deadline, token)          reply, then recv; token 0 only receives. A reply that fails
     *                                                (E_STALE) is not reported: the recv goes on
     * Errors: E_TIMEOUT, E_NO_ANSWER, E_SERVER_DIED, E_DEAD, E_REVOKED as status.h tells them apart; E_ARGUMENT for a
     * shape out of range or a kernel label; E_HANDLE/E_RIGHTS (RIGHT_GIVE) for a capability to be sent; E_STALE for
     * a token. An argument error leaves everything as it was. E_QUOTA/E_LIMIT never: capabilities that the receiver
     * has no room for are dropped and counted.
     * Example, a server:   r = reply_recv(endpoint, DEADLINE_FOREVER, token, ...) in a loop.
     */
    SYS_SEND = 1,
    SYS_RECV = 2,
    SYS_CALL = 3,
    SYS_REPLY = 4,
    SYS_REPLY_RECV = 5,

    /*
     * lease_read (token, lease index, offset, buffer, length) -> bytes copied from the caller's lease to `buffer`
     * lease_write(token, lease index, offset, buffer, length) -> bytes copied from `buffer` to the caller's lease
     * The kernel copies straight between the two address spaces. Restarts every 32 KiB.
     * E_STALE (not a call this process serves), E_RIGHTS (lease access), E_ARGUMENT (index), E_LEASE (the lease is
     * shorter, or the client's memory is not there: value = bytes done), E_ADDRESS (own buffer: value = bytes done).
     */
    SYS_LEASE_READ = 6,
    SYS_LEASE_WRITE = 7,

    /*
     * signal(notification RIGHT_SIGNAL, bits)            sets bits (never waits); wakes a waiter
     * wait(notification RIGHT_WAIT, deadline) -> bits    takes and clears all bits. E_TIMEOUT, E_DEAD
     */
    SYS_SIGNAL = 8,
    SYS_WAIT = 9,

    /*
     * ---- capabilities ----
     * cap_copy(from process, handle, to process, rights) -> handle in `to`     derives a child with rights & given
     * cap_mint(from, handle, to, rights, badge, armed) -> handle in `to`       Endpoint with RIGHT_MINT and badge 0: a
     *     child with that badge; armed = 1: when its last descendant disappears the endpoint gets LABEL_DRAINED.
     *     The child has no RIGHT_MINT unless badge is 0.
     * cap_move(from, handle, to) -> handle in `to`                             same node, other table. E_BUSY if mapped
     * cap_delete(process, handle)       children go to the parent; a root capability takes its object with it,
     *     and everything derived. Restarts. Deleting a mapped Memory capability unmaps it first. E_ARGUMENT: the
     *     object is the caller's own thread or process, or a process that pays for it.
     * cap_revoke(process, handle)       deletes everything derived from it, in every process. Restarts.
     * cap_info(process, handle) -> type | rights << 8; badge in rsi
     * Errors: E_QUOTA, E_LIMIT (the table that grows), E_RIGHTS without RIGHT_GIVE (copy, mint; not for SELF to SELF).
     */
    SYS_CAP_COPY = 10,
    SYS_CAP_MINT = 11,
    SYS_CAP_MOVE = 12,
    SYS_CAP_DELETE = 13,
    SYS_CAP_REVOKE = 14,
    SYS_CAP_INFO = 15,

    /*
     * ---- processes and threads ----
     * process_create(quota frames, fault endpoint, highest priority) -> Process handle, in the caller's table
     *     The quota is split off the caller's. The fault endpoint is a capability with RIGHT_SEND of the caller, or 0:
     * a copy (badge kept) goes to the kernel's slot of the new process. E_ARGUMENT: priority above own.
     * process_exit(status)      ends the calling process: threads stop, LABEL_EXIT goes to its fault endpoint.
     *     Never returns. Memory and capabilities go when the Process capability is deleted.
     * process_info(process, enum process_info) -> value
     * thread_create(process, entry, stack pointer, argument, priority | affinity mask << 8) -> Thread handle,
     *     in the *process's* table. Affinity 0 = every CPU. Starts at once: rip = entry, rsp = stack pointer,
     *     rdi = argument, rsi = address of its message page, rdx = thread number. E_LIMIT, E_QUOTA, E_ARGUMENT,
     *     E_DEAD: the process has ended.
     * thread_set(thread RIGHT_CONTROL, priority | affinity << 8)     E_ARGUMENT above the process's highest
     * thread_exit()             ends the calling thread; its process goes on
     * yield()                   to the tail of its priority's queue
     */
    SYS_PROCESS_CREATE = 16,
    SYS_PROCESS_EXIT = 17,
    SYS_PROCESS_INFO = 18,
    SYS_THREAD_CREATE = 19,
    SYS_THREAD_SET = 20,
    SYS_THREAD_EXIT = 21,
    SYS_YIELD = 22,

    /*
     * ---- endpoints and notifications ----
     * endpoint_create(process) -> handle with all rights; notification_create(process) -> handle
     * endpoint_bind(endpoint RIGHT_RECEIVE, notification RIGHT_WAIT): recv on the endpoint also returns the
     *     notification's bits, bits first. Notification 0 unbinds. E_BUSY: either is bound elsewhere.
     */
    SYS_ENDPOINT_CREATE = 23,
    SYS_NOTIFICATION_CREATE = 24,
    SYS_ENDPOINT_BIND = 25,

    /*
     * ---- memory ----
     * memory_create(process, pages, flags) -> handle. Charged at once, frames zeroed and allocated when first mapped
     *     (at once for MEMORY_DMA). E_ARGUMENT: 0 or more than MAX_MEMORY_PAGES; DMA: more than 1,024.
     * memory_device(device root RIGHT_MINT, physical address, pages, MEMORY_WRITE_COMBINING or 0) -> handle.
     *     Never RAM: E_ARGUMENT.
     * memory_physical(memory RIGHT_DMA, page) -> physical address of a DMA Memory's page
     * map(process, memory, address, first page, pages, rights)    rights: RIGHT_READ, WRITE, EXECUTE the mapping has;
     *     not more than the capability's, never WRITE with EXECUTE. E_BUSY: this capability is mapped already, or
     *     pages are in use there. E_ARGUMENT: alignment, range, outside user space. E_QUOTA: page tables. Restarts.
     * unmap(process, memory)                  undoes map, everywhere before it returns. Restarts. OK if not mapped
     * protect(process, memory, rights)        new rights for the mapping, in force everywhere on return. Restarts
     */
    SYS_MEMORY_CREATE = 26,
    SYS_MEMORY_DEVICE = 27,
    SYS_MEMORY_PHYSICAL = 28,
    SYS_MAP = 29,
    SYS_UNMAP = 30,
    SYS_PROTECT = 31,

    /*
     * ---- devices ----
     * irq_create(irq root RIGHT_MINT, kind, pin) -> Irq handle; kind IRQ_ISA: pin 0..15 through the IOAPIC;
     *     kind IRQ_MSI: rsi = message address, r10 = message data to program into the device. E_LIMIT, E_BUSY
     * irq_bind(irq RIGHT_CONTROL, notification RIGHT_SIGNAL, bits): an interrupt signals these bits. 0 unbinds
     * irq_acknowledge(irq RIGHT_CONTROL): the pin may interrupt again (a level-triggered pin is masked meanwhile)
     * ioports_create(ports root RIGHT_MINT, first, count) -> handle
     * port_read(ioports RIGHT_READ, port, bytes 1|2|4) -> value
     * port_write(ioports RIGHT_WRITE, port, bytes, value)
     * port_write_bytes(ioports RIGHT_WRITE, port, buffer, length) -> bytes written, length 1..256, one port, in order
     */
    SYS_IRQ_CREATE = 32,
    SYS_IRQ_BIND = 33,
    SYS_IRQ_ACKNOWLEDGE = 34,
    SYS_IOPORTS_CREATE = 35,
    SYS_PORT_READ = 36,
    SYS_PORT_WRITE = 37,
    SYS_PORT_WRITE_BYTES = 38,

    /*
     * ---- time and figures ----
     * clock() -> nanoseconds since boot
     * system_info(enum system_info) -> value. E_ARGUMENT
     * audit(process) -> capabilities found by walking the table, after checking that every node, object and charge of
     *     the process agrees with its counters; a disagreement is a kernel bug and panics. Tests only.
     */
    SYS_CLOCK = 39,
    SYS_SYSTEM_INFO = 40,
    SYS_AUDIT = 41,

    /*
     * ---- priority inheritance ----
     * adopt(token): the calling thread serves this call from now on and inherits its caller's priority; a token kept
     *     across the next recv is parked and donates nothing until then. E_STALE
     */
    SYS_ADOPT = 42,

    SYSCALL_COUNT = 43,
};

enum memory_flags {
    MEMORY_SHAREABLE = 0,       /* capability may be copied, each copy mapped once */
    MEMORY_DMA = 1,             /* physically contiguous, pinned, for devices */
    MEMORY_MOVABLE = 2,         /* reserved for page moves */
    MEMORY_WRITE_COMBINING = 4, /* device Memory only: a frame buffer */
};

enum irq_kind { IRQ_ISA = 0, IRQ_MSI = 1 };

enum process_info {
    PROCESS_NUMBER = 0,
    PROCESS_QUOTA = 1,        /* frames, all */
    PROCESS_USED = 2,         /* frames charged */
    PROCESS_THREADS = 3,      /* alive */
    PROCESS_CAPABILITIES = 4, /* in use */
    PROCESS_CPU_TIME = 5,     /* nanoseconds all its threads ran */
    PROCESS_EXITED = 6,       /* 1 after exit */
};

enum system_info {
    SYSTEM_FRAMES = 0, /* all frames the kernel manages */
    SYSTEM_FRAMES_FREE = 1,
    SYSTEM_CAPABILITIES = 2, /* in all tables */
    SYSTEM_OBJECTS = 3,
    SYSTEM_THREADS = 4,
    SYSTEM_PROCESSES = 5,
    SYSTEM_CPUS = 6,
    SYSTEM_CPU = 7, /* the CPU this call ran on */
    SYSTEM_TSC_KHZ = 8,
    SYSTEM_SHOOTDOWNS = 9,    /* interrupts sent for shootdowns since boot */
    SYSTEM_LONGEST_STEP = 10, /* longest time with interrupts off, in TSC ticks; needs boot option measure=on */
    SYSTEM_IDLE_TIME = 11,    /* nanoseconds, all CPUs */
    SYSTEM_LONG_CHAINS = 12,  /* walks of priority inheritance that were cut at 32 threads */
};
