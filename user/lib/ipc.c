/*
 * Messages: the exchange of registers, and the parts of a message that live in the message page.
 */
#include "user/lib/ipc.h"
#include "servers/proto/error.h"

static void add_capability(struct message *m, handle_t handle, unsigned long move, uint64_t badge)
{
    struct message_page *page = message_page();
    unsigned i = m->capability_count++;
    page->capabilities[i] = handle;
    page->badges[i] = badge;
    page->move_mask = (page->move_mask & ~(1ul << i)) | move << i;
}

void message_give(struct message *m, handle_t handle, int move)
{
    add_capability(m, handle, move != 0, 0);
}

void message_mint(struct message *m, handle_t endpoint, uint64_t badge)
{
    add_capability(m, endpoint, 0, badge);
}

/*
 * One of the five message calls: all registers of message.h there and back. Only rsp and rbp survive, so everything
 * is named here, and the compiler keeps `m` in rbp or on the stack. `receives`: a message comes back.
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

int ipc_send(handle_t endpoint, struct message *m, uint64_t deadline)
{
    return exchange(SYS_SEND, endpoint, m, deadline, 0);
}

int ipc_call(handle_t endpoint, struct message *m, uint64_t deadline)
{
    return exchange(SYS_CALL, endpoint, m, deadline, 1);
}

int ipc_recv(handle_t endpoint, struct message *m, uint64_t deadline)
{
    return exchange(SYS_RECV, endpoint, m, deadline, 1);
}

int ipc_reply(struct message *m)
{
    return exchange(SYS_REPLY, 0, m, 0, 0);
}

int ipc_reply_recv(handle_t endpoint, struct message *m, uint64_t deadline)
{
    return exchange(SYS_REPLY_RECV, endpoint, m, deadline, 1);
}

int ipc_request(handle_t endpoint, struct message *m, uint64_t deadline)
{
    int status = ipc_call(endpoint, m, deadline);
    if (status != OK)
        return status;
    return m->label < SERVER_ERROR_END ? (int)m->label : ERROR_MALFORMED;
}
