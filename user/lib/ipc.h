/*
 * Messages in C: one struct both ways, five calls.
 *
 * A typical client:                                   A typical server:
 *   struct message m = message(FS_STAT);                struct message m = {0};
 *   m.words[0] = path_length; m.word_count = 1;         for (;;) {
 *   message_lend(&m, path, path_length, LEASE_READ);        ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER);
 *   status = ipc_call(fs, &m, DEADLINE_FOREVER);            dispatch(&m);        fills m with the answer
 *                                                       }
 * Whole pages move, without a copy, from movable Memory of the sender into movable Memory of the receiver:
 *   message_move(&m, pages, 16);                        message_window(&m, window, 512);
 *   status = ipc_call(fs, &m, DEADLINE_FOREVER);        ipc_recv(endpoint, &m, DEADLINE_FOREVER);
 *                                                       data = message_moved(&m, &count);
 * Words past the eighth, capabilities and leases live in the calling thread's message page: `message_page()`.
 */
#pragma once
#include "kernel/abi/message.h"
#include "servers/proto/error.h"
#include "user/lib/syscall.h"
#include "user/lib/thread.h"

struct message {
    union {
        uint64_t shape; /* the message's rax, field by field as in kernel/abi/message.h */
        struct {
            uint8_t : 8; /* operation or status: 0 */
            uint8_t word_count;
            uint8_t capability_count : 3, lease_count : 2;
            uint8_t move : 1;         /* pages leave with the next message; out: pages came */
            uint8_t window : 1, : 1;  /* the next receive has a window for pages; out: 0 */
            uint8_t accept : 3;       /* capabilities accepted by the next receive; out: how many were dropped */
            uint8_t arrival : 2, : 3; /* out: enum arrival */
            uint32_t label;
        };
    };
    uint64_t badge;    /* out */
    uint64_t token;    /* in for reply and reply_recv; out of recv and reply_recv; 0 = nobody waits */
    uint64_t deadline; /* out of recv: the caller's */
    uint64_t words[MESSAGE_REGISTER_WORDS];
};

/* The calling thread's message page. Context: any native thread. */
static inline struct message_page *message_page(void)
{
    return thread_block()->message_page;
}

/* An empty message with this label. */
static inline struct message message(uint32_t label)
{
    return (struct message){.label = label};
}

/* Lends [address, address+length) to the server for the length of the next call; returns the lease's index. */
static inline unsigned message_lend(struct message *m, const void *address, uint64_t length, unsigned access)
{
    message_page()->leases[m->lease_count] = (struct lease){(uint64_t)address, length, access};
    return m->lease_count++;
}

/* Sends a capability with the next message: a copy, or the capability itself if `move`. */
void message_give(struct message *m, handle_t handle, int move);

/* Sends, with the next message, a capability of an endpoint of ours with this badge, which is not 0: made for whoever
 * receives it, and for nobody if nobody does. */
void message_mint(struct message *m, handle_t endpoint, uint64_t badge);

/* The i-th capability that came with `m`, the last message received; 0 if there was none or it was dropped. */
static inline handle_t message_taken(const struct message *m, unsigned i)
{
    return i < m->capability_count ? message_page()->capabilities[i] : 0;
}

/* Moves `pages` pages at `address` away with the next message: afterwards nothing is there. They must lie in one
 * writable mapping of movable Memory. */
static inline void message_move(struct message *m, void *address, uint64_t pages)
{
    message_page()->move = (struct page_range){(uint64_t)address, pages};
    m->move = 1;
}

/* Lets pages land at `address`, at most so many, when the next message is received, by recv or as a call's answer. They
 * replace what is there, so the window is offered anew each time. */
static inline void message_window(struct message *m, void *address, uint64_t pages)
{
    message_page()->window = (struct page_range){(uint64_t)address, pages};
    m->window = 1;
}

/* Where the pages are that came with `m`, the last message received, and how many; 0 if none came. */
static inline void *message_moved(const struct message *m, uint64_t *pages)
{
    *pages = m->move ? message_page()->move.pages : 0;
    return m->move ? (void *)message_page()->move.address : 0;
}

/*
 * One of the five message calls: all registers of message.h there and back. Only rsp and rbp survive, so everything
 * is named here. `receives`: a message comes back. As it is expanded where a client calls, a message that no other
 * function sees is never in memory: its words go straight into their registers.
 */
static inline int exchange(unsigned operation, handle_t endpoint, struct message *m, uint64_t deadline, int receives)
{
    uint64_t shape = m->shape | operation;
    uint64_t badge = endpoint, token = m->token;
    register uint64_t word0 __asm__("r10") = m->words[0];
    register uint64_t word1 __asm__("r8") = m->words[1];
    register uint64_t word2 __asm__("r9") = m->words[2];
    register uint64_t word3 __asm__("rbx") = m->words[3];
    register uint64_t word4 __asm__("r12") = m->words[4];
    register uint64_t word5 __asm__("r13") = m->words[5];
    register uint64_t word6 __asm__("r14") = m->words[6];
    register uint64_t word7 __asm__("r15") = m->words[7];
    __asm__ volatile("syscall"
                     : "+a"(shape), "+D"(badge), "+S"(deadline), "+d"(token), "+r"(word0), "+r"(word1), "+r"(word2),
                       "+r"(word3), "+r"(word4), "+r"(word5), "+r"(word6), "+r"(word7)
                     :
                     : "rcx", "r11", "memory");
    int status = (int)SHAPE_GET_STATUS(shape);
    if (status != OK || !receives)
        return status;
    m->shape = shape;
    m->words[0] = word0;
    m->words[1] = word1;
    m->words[2] = word2;
    m->words[3] = word3;
    m->words[4] = word4;
    m->words[5] = word5;
    m->words[6] = word6;
    m->words[7] = word7;
    m->badge = badge;
    m->token = token;
    m->deadline = deadline;
    return OK;
}

/* Each returns the kernel's status; on return m holds what arrived. On an error m keeps what was to be sent. */
int ipc_send(handle_t endpoint, struct message *m, uint64_t deadline);
static inline int ipc_call(handle_t endpoint, struct message *m, uint64_t deadline)
{
    return exchange(SYS_CALL, endpoint, m, deadline, 1);
}
int ipc_recv(handle_t endpoint, struct message *m, uint64_t deadline);
int ipc_reply(struct message *m);
int ipc_reply_recv(handle_t endpoint, struct message *m, uint64_t deadline);

/*
 * A call to a server of ours: kernel status if it failed, else the label of the answer, which is 0 (OK) or an error
 * of servers/proto/error.h. Repeats nothing.
 */
static inline int ipc_request(handle_t endpoint, struct message *m, uint64_t deadline)
{
    int status = ipc_call(endpoint, m, deadline);
    if (status != OK)
        return status;
    return m->label < SERVER_ERROR_END ? (int)m->label : ERROR_MALFORMED;
}
