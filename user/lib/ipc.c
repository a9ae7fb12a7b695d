/*
 * Messages: the exchange of registers, and the parts of a message that live in the message page.
 */
#include "user/lib/ipc.h"

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

int ipc_send(handle_t endpoint, struct message *m, uint64_t deadline)
{
    return exchange(SYS_SEND, endpoint, m, deadline, 0);
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
