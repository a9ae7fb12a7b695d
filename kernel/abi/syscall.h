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

/*
 * Examples use the stubs of user/lib/syscall.h and ipc.h; `status` is their result, OK or one of status.h.
 */
enum syscall_number {
    /* null(): does nothing: the cost of the door.
     *     sys_null(); */
    SYS_NULL = 0,

    /*
     * ---- messages (registers: message.h) ----
     * All five: E_ARGUMENT for a shape out of range or a kernel label; E_HANDLE, E_RIGHTS (RIGHT_GIVE; RIGHT_MINT if it
     * is sent with a badge, then also E_TYPE: no Endpoint) for a capability to be sent. An argument error leaves
     * everything as it was. A capability that the receiver has no room or quota for, or a copy of movable Memory, is
     * dropped and counted, never an error.
     * With a page move also E_ARGUMENT: alignment, pages out of range, or not inside one mapping; E_ADDRESS: a page of
     * it is missing; E_RIGHTS: the mapping is not writable; E_TYPE: not movable Memory; E_WINDOW: the receiver's window
     * is not there, too small, or not writable movable Memory. All are looked at when the message is delivered, too: a
     * sender that waited gets its error then, and a receiver goes on waiting.
     */

    /* send(endpoint RIGHT_SEND, deadline): delivers, does not wait for an answer. E_TIMEOUT, E_DEAD, E_REVOKED.
     *     struct message m = message(HELLO); m.words[0] = 7; m.word_count = 1;
     *     status = ipc_send(endpoint, &m, clock_nanoseconds() + 50 * MILLISECOND); */
    SYS_SEND = 1,
    /* recv(endpoint RIGHT_RECEIVE, deadline): takes bits of the bound notification, an event, or a message, in this
     * order. E_TIMEOUT, E_DEAD.
     *     struct message m = {.accept = 1};
     *     status = ipc_recv(endpoint, &m, DEADLINE_FOREVER);
     *     if (m.arrival == ARRIVAL_MESSAGE && m.token) ...answer it... */
    SYS_RECV = 2,
    /* call(endpoint RIGHT_SEND, deadline): delivers and waits for the answer; the deadline covers both.
     * Not delivered: E_TIMEOUT, E_DEAD, E_REVOKED. Outcome unknown: E_NO_ANSWER, E_SERVER_DIED.
     *     struct message m = message(FS_SPACE);
     *     status = ipc_call(fs, &m, DEADLINE_FOREVER);    m.words[2]: free blocks */
    SYS_CALL = 3,
    /* reply(token): answers; never waits. E_STALE: nobody waits for this answer (any more). If its page move is not
     * possible the client goes on waiting.
     *     m.label = OK; m.word_count = 0;
     *     status = ipc_reply(&m); */
    SYS_REPLY = 4,
    /* reply_recv(endpoint RIGHT_RECEIVE, deadline, token): reply, then recv, in one entry. Token 0 only receives. A
     * reply that fails with E_STALE is not reported, and the recv goes on, unless pages were to move with it.
     *     struct message m = {0};
     *     for (;;) {
     *         ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER);
     *         serve(&m);
     *     } */
    SYS_REPLY_RECV = 5,

    /*
     * ---- leases: memory lent for the length of a call ----
     * The kernel copies straight between the two address spaces. Restart every 128 KiB. E_STALE (not a call that this
     * process serves), E_RIGHTS (lease access), E_ARGUMENT (index), E_LEASE (the lease is shorter, or the client's
     * memory is not there), E_ADDRESS (own buffer). The value counts the bytes done, also with E_LEASE and E_ADDRESS.
     */

    /* lease_read(token, lease index, offset, buffer, length in bytes) -> bytes copied from the lease to `buffer`
     *     status = sys_lease_read(m.token, 0, 0, path, m.words[0], &done); */
    SYS_LEASE_READ = 6,
    /* lease_write(token, lease index, offset, buffer, length in bytes) -> bytes copied from `buffer` to the lease
     *     status = sys_lease_write(m.token, 0, 0, block, 4096, &done); */
    SYS_LEASE_WRITE = 7,

    /* ---- notifications ---- */

    /* signal(notification RIGHT_SIGNAL, bits): sets bits; wakes whoever waits for them; never waits.
     *     sys_signal(wake_up, 1); */
    SYS_SIGNAL = 8,
    /* wait(notification RIGHT_WAIT, deadline) -> bits: takes and clears all bits. E_TIMEOUT, E_DEAD.
     *     status = sys_wait(wake_up, DEADLINE_FOREVER, &bits); */
    SYS_WAIT = 9,

    /*
     * ---- capabilities ----
     * Between different processes RIGHT_GIVE is needed (E_RIGHTS). E_QUOTA, E_LIMIT: the table that would grow.
     */

    /* cap_copy(from process, handle, to process, rights) -> handle in `to`: derives a child with the rights that both
     * have. E_TYPE: movable Memory.
     *     status = sys_cap_copy(SELF, memory, child, RIGHT_READ, &theirs); */
    SYS_CAP_COPY = 10,
    /* cap_mint(from, handle, to, rights, badge, armed) -> handle in `to`: of an Endpoint with RIGHT_MINT and badge 0, a
     * child with this badge and, unless the badge is 0, without RIGHT_MINT. armed = 1: when its last descendant
     * disappears the endpoint's receiver gets LABEL_DRAINED. E_TYPE, E_RIGHTS, E_ARGUMENT (armed > 1).
     *     status = sys_cap_mint(SELF, endpoint, SELF, RIGHT_SEND | RIGHT_GIVE, badge, 0, &file); */
    SYS_CAP_MINT = 11,
    /* cap_move(from, handle, to) -> handle in `to`: the same node in another table; a root brings its charge along.
     * E_BUSY: mapped; E_ARGUMENT: the root of a Process or Thread.
     *     status = sys_cap_move(SELF, endpoint, child, &theirs); */
    SYS_CAP_MOVE = 12,
    /* cap_delete(process, handle): children go to the parent; mapped Memory is unmapped first. A root takes its object
     * with it, and everything derived. Restarts. E_ARGUMENT: the object is the caller's own thread or process, or a
     * process that pays for it.
     *     status = sys_cap_delete(SELF, file); */
    SYS_CAP_DELETE = 13,
    /* cap_revoke(process, handle): deletes everything derived from it, in every process. Restarts.
     *     status = sys_cap_revoke(SELF, memory); */
    SYS_CAP_REVOKE = 14,
    /* cap_info(process, handle) -> type | rights << 8; badge in rsi. E_DEAD: its object is being destroyed.
     *     status = sys_cap_info(SELF, message_taken(&m, 0), &type, &rights, &badge); */
    SYS_CAP_INFO = 15,

    /* ---- processes and threads ---- */

    /* process_create(quota in frames, fault endpoint or 0, highest priority, process) -> Process handle, in the table
     * of `process`, from whose quota the new one's is split: the caller's, or somebody's who outlives it. The fault
     * endpoint is a capability of the caller with RIGHT_SEND; a copy (badge kept) goes to the kernel's slot of the new
     * process. E_ARGUMENT: priority above own; E_QUOTA; E_LIMIT: 64 processes deep.
     *     status = sys_process_create(256, supervisor, 12, &child); */
    SYS_PROCESS_CREATE = 16,
    /* process_exit(status): ends the calling process: its threads stop, LABEL_EXIT goes to its fault endpoint. Never
     * returns. Memory and capabilities go when the Process capability is deleted.
     *     sys_process_exit(0); */
    SYS_PROCESS_EXIT = 17,
    /* process_info(process, enum process_info) -> value. E_ARGUMENT.
     *     status = sys_process_info(SELF, PROCESS_USED, &frames); */
    SYS_PROCESS_INFO = 18,
    /* thread_create(process, entry, stack pointer, argument, priority | affinity mask << 8) -> Thread handle, in the
     * *process's* table. Affinity 0: every CPU. Starts at once: rip = entry, rsp = stack pointer, rdi = argument, rsi =
     * address of its message page, rdx = thread number. E_ARGUMENT, E_QUOTA, E_LIMIT, E_DEAD: the process has ended.
     *     status = sys_thread_create(SELF, (uint64_t)run, stack_end, 0, 8, 0, &thread); */
    SYS_THREAD_CREATE = 19,
    /* thread_set(thread RIGHT_CONTROL, priority | affinity mask << 8). E_ARGUMENT: above the process's highest
     * priority, or no CPU of the mask runs. status = sys_thread_set(thread, 10, 1 << 2); */
    SYS_THREAD_SET = 20,
    /* thread_exit(): ends the calling thread; its process goes on; clients it had not answered get E_SERVER_DIED. Never
     * returns. Restarts.
     *     sys_thread_exit(); */
    SYS_THREAD_EXIT = 21,
    /* yield(): to the tail of its priority's queue.
     *     sys_yield(); */
    SYS_YIELD = 22,

    /* ---- endpoints and notifications: made with all rights. E_QUOTA, E_LIMIT ---- */

    /* endpoint_create(process) -> handle
     *     status = sys_endpoint_create(SELF, &endpoint); */
    SYS_ENDPOINT_CREATE = 23,
    /* notification_create(process) -> handle
     *     status = sys_notification_create(SELF, &wake_up); */
    SYS_NOTIFICATION_CREATE = 24,
    /* endpoint_bind(endpoint RIGHT_RECEIVE, notification RIGHT_WAIT or 0): recv on the endpoint also returns the
     * notification's bits, bits first; 0 unbinds. E_BUSY: either is bound already.
     *     status = sys_endpoint_bind(endpoint, interrupts); */
    SYS_ENDPOINT_BIND = 25,

    /* ---- memory ---- */

    /* memory_create(process, pages, enum memory_flags) -> handle. Charged at once; frames are taken and zeroed when
     * first mapped. MEMORY_DMA: contiguous, at most 1,024 pages. E_ARGUMENT: pages out of range, flags; E_QUOTA;
     * E_LIMIT: no contiguous run of frames. MEMORY_MOVABLE: pages of it can leave, and others come, with messages
     * (message.h); its capability can be moved but not copied (E_TYPE), so it has at most one mapping.
     *     status = sys_memory_create(SELF, 16, MEMORY_SHAREABLE, &memory); */
    SYS_MEMORY_CREATE = 26,
    /* memory_device(device root RIGHT_MINT, physical address, pages, MEMORY_WRITE_COMBINING or 0) -> handle. Never RAM:
     * E_ARGUMENT.
     *     status = sys_memory_device(root, 0xfebf0000, 4, 0, &registers); */
    SYS_MEMORY_DEVICE = 27,
    /* memory_physical(memory RIGHT_DMA, page) -> physical address of a page of DMA Memory. E_ARGUMENT.
     *     status = sys_memory_physical(buffers, 0, &address); */
    SYS_MEMORY_PHYSICAL = 28,
    /* map(process, memory, address, first page, pages, rights): RIGHT_READ with WRITE or EXECUTE, not both, and not
     * more than the capability has. E_BUSY: this capability is mapped already, or pages are in use there; E_ARGUMENT:
     * alignment, range, outside user space, rights; E_QUOTA: page tables. Restarts; on an error nothing is mapped.
     *     status = sys_map(SELF, memory, (void *)0x100000000000, 0, 16, RIGHT_READ | RIGHT_WRITE); */
    SYS_MAP = 29,
    /* unmap(process, memory): undoes map, on every CPU before it returns. OK if it was not mapped. Restarts.
     *     status = sys_unmap(SELF, memory); */
    SYS_UNMAP = 30,
    /* protect(process, memory, rights): new rights for the mapping, in force on every CPU on return. E_ARGUMENT,
     * E_RIGHTS. Restarts. status = sys_protect(SELF, memory, RIGHT_READ); */
    SYS_PROTECT = 31,

    /* ---- devices ---- */

    /* irq_create(irq root RIGHT_MINT, enum irq_kind, pin) -> Irq handle. IRQ_ISA: pin 0..15 through the IOAPIC;
     * IRQ_MSI: rsi = message address, r10 = message data to program into the device. E_ARGUMENT, E_LIMIT (vectors),
     * E_BUSY (pin). status = sys_irq_create_msi(root, &irq, &address, &data); */
    SYS_IRQ_CREATE = 32,
    /* irq_bind(irq RIGHT_CONTROL, notification RIGHT_SIGNAL or 0, bits): an interrupt signals these bits; 0 unbinds.
     * E_ARGUMENT: a root, or no such pin.
     *     status = sys_irq_bind(irq, interrupts, 1 << 3); */
    SYS_IRQ_BIND = 33,
    /* irq_acknowledge(irq RIGHT_CONTROL): the pin may interrupt again; a level-triggered one is masked until then.
     *     status = sys_irq_acknowledge(irq); */
    SYS_IRQ_ACKNOWLEDGE = 34,
    /* ioports_create(ports root RIGHT_MINT, first, count) -> handle, with the root's rights at most. E_ARGUMENT.
     *     status = sys_ioports_create(root, 0x3f8, 8, &serial); */
    SYS_IOPORTS_CREATE = 35,
    /* port_read(ioports RIGHT_READ, port, width 1|2|4 bytes, address of two 64-bit words or 0) -> value. The first word
     * becomes the value and the second grows by 1 in the same step, so that who dies over this call has taken the value
     * from the device and has it there, or neither. E_ARGUMENT: not among these ports, or not aligned to 16; E_ADDRESS.
     *     status = sys_port_read(serial, 0x3fd, 1, &line_status); */
    SYS_PORT_READ = 36,
    /* port_write(ioports RIGHT_WRITE, port, width 1|2|4 bytes, value). E_ARGUMENT.
     *     status = sys_port_write(serial, 0x3f9, 1, 0); */
    SYS_PORT_WRITE = 37,
    /* port_write_bytes(ioports RIGHT_WRITE, port, buffer, length 1..256, address of a 64-bit counter or 0) -> bytes
     * written, to one port, in order. The counter grows by as many in the same step, so that who dies over this call
     * has written and counted them, or neither. E_ARGUMENT, E_ADDRESS.
     *     status = sys_port_write_counted(serial, 0x3f8, text, 16, &sent, &done); */
    SYS_PORT_WRITE_BYTES = 38,

    /* ---- time and figures ---- */

    /* clock() -> nanoseconds since boot, the same on every CPU. Deadlines are in this time.
     *     uint64_t soon = sys_clock() + 1000000; */
    SYS_CLOCK = 39,
    /* system_info(enum system_info) -> value. E_ARGUMENT.
     *     uint64_t free = sys_system_info(SYSTEM_FRAMES_FREE); */
    SYS_SYSTEM_INFO = 40,
    /* audit(process) -> capabilities found by walking the tables of the process and of all that it pays for, after
     * checking that nodes, objects, charges and mappings agree with the counters; for init that is the machine, and
     * objects and frames are compared too. A disagreement is a kernel bug and panics. One long step: for tests.
     *     status = sys_audit(SELF, &capabilities); */
    SYS_AUDIT = 41,

    /* ---- priority inheritance ---- */

    /* adopt(token): the calling thread serves this call from now on and inherits its caller's priority; a token kept
     * across the next recv is parked and donates nothing until then. E_STALE.
     *     status = sys_adopt(reader_token); */
    SYS_ADOPT = 42,

    /* ---- looking into and ending other processes: for supervisors and tests ---- */

    /* cap_at(process, index) -> the handle in slot `index` of its table, 0 if that is free: a successor finds what it
     * inherited, whatever its predecessor wrote down. E_ARGUMENT: behind the table's end.
     *     for (index = 0; sys_cap_at(estate, index, &handle) == OK; index++) ... */
    SYS_CAP_AT = 43,
    /* process_countdown(process, n): instead of its n-th system call from now the process ends, with exit status
     * COUNTDOWN_STATUS; each step of a long call counts as one. 0: it lives on. From the first use on no message takes
     * the short path: this is for tests.
     *     status = sys_process_countdown(victim, 17); */
    SYS_PROCESS_COUNTDOWN = 44,

    SYSCALL_COUNT = 45,
};

enum memory_flags {
    MEMORY_SHAREABLE = 0,       /* capability may be copied, each copy mapped once */
    MEMORY_DMA = 1,             /* physically contiguous, pinned, for devices */
    MEMORY_MOVABLE = 2,         /* pages may leave and arrive with messages; one capability, one mapping */
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
    PROCESS_EXIT_STATUS = 7,  /* then: its exit status */
    PROCESS_SERVING = 8,      /* threads that owe somebody an answer */
};

#define COUNTDOWN_STATUS 0x20000ul

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
    SYSTEM_LONGEST_STEP = 10, /* longest time with interrupts off, in TSC ticks, since somebody asked last; needs boot
                                 option measure=on */
    SYSTEM_IDLE_TIME = 11,    /* nanoseconds, all CPUs */
    SYSTEM_LONG_CHAINS = 12,  /* walks of priority inheritance that were cut at 32 threads */
    SYSTEM_CIRCLES = 13,      /* circles of callers that were seen to close */
};
