/*
 * The shape of a message, in registers and in the message page.
 *
 * Registers of the five message calls (send, recv, call, reply, reply_recv):
 *
 *            on entry                              on return
 *   rax      operation, shape, label               status, shape, label
 *   rdi      endpoint handle                       badge of the capability the message came through
 *   rsi      deadline, absolute nanoseconds        the caller's deadline (recv)
 *   rdx      reply token (reply, reply_recv)       reply token, 0 if the sender does not wait for an answer (recv)
 *   r10 r8 r9 rbx r12 r13 r14 r15                  words 0..7, both ways
 *   rcx r11                                        destroyed
 *
 * Only rsp and rbp survive a message call.
 *
 * The fields of rax:
 *   bits  0..7   operation (in) or status (out)
 *   bits  8..14  number of words, 0..64; words past the eighth travel in the message page
 *   bits 16..18  capabilities that travel with the message, 0..4
 *   bits 19..20  leases that travel with the message, 0..2 (call only)
 *   bit  21      a page move travels with the message (not with the answer to a fault)
 *   bit  22      in: this recv, or the reply of this call, may bring a page move into the window in the message page
 *   bits 24..26  in: capabilities accepted by this recv or by the reply of this call (5..7 mean 4)
 *                out: capabilities that were dropped
 *   bits 27..28  out: what arrived, enum arrival
 *   bits 32..63  label; the upper half of the range is the kernel's
 *
 * A capability is copied with all its rights, or moved; or, with a badge beside it, a child of it with this badge is
 * minted for the receiver, which may send through it and give it away. It must then be an Endpoint with RIGHT_MINT.
 * One that is moved and is the root of its object brings the object's whole charge to the receiver: a server
 * deletes what it did not ask for.
 *
 * A page move takes pages out of the sender's address space and puts them, the same frames, at the start of the
 * receiver's window, in one step that nobody can see half done: when anybody can know of the move, no CPU can reach the
 * frames through the old addresses any more. The range of 1 to 512 pages lies in one writable mapping of movable Memory
 * of the sender, the window in one of the receiver. What was in the window's pages is freed: an access there, while the
 * window is offered, may be a page fault. The moved pages are holes at the sender: an access is a page fault, and if
 * the same Memory is mapped again its missing pages are fresh zeroes. Both Memory objects stay charged to whom they
 * were. A move that is not possible leaves both sides as they were.
 *
 * Received words past those sent are undefined, except that register words past the sender's count are zero.
 */
#pragma once
#include "layout.h"
#include "rights.h"

#define MESSAGE_WORDS          64
#define MESSAGE_REGISTER_WORDS 8
#define MESSAGE_CAPABILITIES   4
#define MESSAGE_LEASES         2
#define MESSAGE_MOVE_PAGES     512

#define SHAPE_WORDS(n)        ((unsigned long)(n) << 8)
#define SHAPE_CAPABILITIES(n) ((unsigned long)(n) << 16)
#define SHAPE_LEASES(n)       ((unsigned long)(n) << 19)
#define SHAPE_MOVE            (1ul << 21)
#define SHAPE_WINDOW          (1ul << 22)
#define SHAPE_ACCEPT(n)       ((unsigned long)(n) << 24)
#define SHAPE_ARRIVAL(kind)   ((unsigned long)(kind) << 27)
#define SHAPE_LABEL(label)    ((unsigned long)(label) << 32)

#define SHAPE_GET_STATUS(rax)       ((unsigned)((rax)&0xff))
#define SHAPE_GET_WORDS(rax)        ((unsigned)((rax) >> 8 & 0x7f))
#define SHAPE_GET_CAPABILITIES(rax) ((unsigned)((rax) >> 16 & 7))
#define SHAPE_GET_LEASES(rax)       ((unsigned)((rax) >> 19 & 3))
#define SHAPE_GET_ACCEPT(rax)       ((unsigned)((rax) >> 24 & 7))
#define SHAPE_GET_DROPPED(rax)      SHAPE_GET_ACCEPT(rax)
#define SHAPE_GET_ARRIVAL(rax)      ((unsigned)((rax) >> 27 & 3))
#define SHAPE_GET_LABEL(rax)        ((unsigned)((rax) >> 32))

enum arrival {
    ARRIVAL_MESSAGE = 0, /* from a thread; rdx is its token, or 0 after a send */
    ARRIVAL_SIGNAL = 1,  /* bits of the bound notification, in word 0 */
    ARRIVAL_EVENT = 2,   /* from the kernel, nobody waits: LABEL_EXIT or LABEL_DRAINED */
};

/* Labels that only the kernel can send. */
#define LABEL_KERNEL  0x80000000u
#define LABEL_FAULT   (LABEL_KERNEL + 1) /* a call by the faulting thread; see struct fault_words */
#define LABEL_EXIT    (LABEL_KERNEL + 2) /* event: badge = fault capability's; word 0 = exit status */
#define LABEL_DRAINED (LABEL_KERNEL + 3) /* event: badge = the armed capability's */

/* One byte range of the caller's memory, lent to the server until it replies. */
enum { LEASE_READ = 1, LEASE_WRITE = 2 }; /* what the server may do */
struct lease {
    unsigned long address; /* the caller's; the receiver sees 0 */
    unsigned long length;  /* bytes */
    unsigned long access;  /* LEASE_READ, LEASE_WRITE or both */
};

/* Whole pages of somebody's address space. */
struct page_range {
    unsigned long address; /* page-aligned */
    unsigned long pages;
};

/* All registers of a stopped thread, as a fault handler sees and may change them. */
struct registers {
    unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    unsigned long rip, rflags, rsp;
};

/* The words of a LABEL_FAULT message; the registers are in the receiver's message page. */
enum fault_words {
    FAULT_VECTOR = 0,  /* x86 exception number, 14 = page fault */
    FAULT_ERROR = 1,   /* its error code */
    FAULT_ADDRESS = 2, /* cr2 for a page fault */
    FAULT_RIP = 3,
    FAULT_RSP = 4,
    FAULT_THREAD = 5, /* thread number */
    FAULT_WORDS = 6,
};

/*
 * The message page of a thread: a frame that belongs to the kernel, mapped with the thread for as long as it lives.
 * The kernel writes only the parts named "out" of a thread that receives.
 *
 * A fault is answered by a reply: with one word, word 0 = FAULT_RESUME, the thread continues with the registers in
 * `registers` of the answering thread's message page (segments and privileged flags are kept by the kernel).
 */
#define FAULT_RESUME 1ul

/* The exit status of a process that met an exception nobody handles: this plus the vector. */
#define FAULT_EXIT_STATUS 0x10000ul

struct message_page {
    unsigned long words[MESSAGE_WORDS];          /* in and out; 0..7 are not used, they travel in registers */
    handle_t capabilities[MESSAGE_CAPABILITIES]; /* in: to send; out: received, 0 where one was dropped */
    unsigned long move_mask;                     /* in: bit i = capability i is moved instead of copied */
    unsigned long badges[MESSAGE_CAPABILITIES];  /* in: not 0: what arrives is minted from capability i */
    struct lease leases[MESSAGE_LEASES];         /* in: lent by a call; out: address 0, length and access */
    struct page_range move;                      /* in: the pages that leave with the message; out: where they are */
    struct page_range window;                    /* in: where pages may land; what arrived lies at its start */
    unsigned long sender;                        /* out: process number << 32 | thread number, never reused */
    struct registers registers;                  /* out: of a fault; in: of its answer */
};
_Static_assert(sizeof(struct message_page) <= PAGE_SIZE, "a message page is one page");
