/*
 * Handles, rights, and the derivation tree.
 */
#include "tests/guest/harness/story.h"

static unsigned rights_of(handle_t handle)
{
    unsigned type, rights;
    uint64_t badge;
    EQUAL(sys_cap_info(SELF, handle, &type, &rights, &badge), OK);
    return rights;
}

static bool exists(handle_t process, handle_t handle)
{
    unsigned type, rights;
    uint64_t badge;
    return sys_cap_info(process, handle, &type, &rights, &badge) == OK;
}

static handle_t copy_of(handle_t handle, unsigned rights)
{
    handle_t copy;
    EQUAL(sys_cap_copy(SELF, handle, SELF, rights, &copy), OK);
    return copy;
}

/* The slot of a deleted capability gets a new tenant with another generation; the old handle names neither. */
static void a_stale_handle_names_nothing(void)
{
    handle_t old = new_notification(), new;
    EQUAL(sys_cap_delete(SELF, old), OK);
    EQUAL(sys_signal(old, 1), E_HANDLE);
    new = new_notification();
    EQUAL((uint32_t) new, (uint32_t)old); /* the same slot: free slots are used last in, first out */
    CHECK(new != old);
    EQUAL(sys_signal(old, 1), E_HANDLE);
    EQUAL(sys_cap_delete(SELF, old), E_HANDLE);
    EQUAL(sys_signal(new, 1), OK);
}

/* 0, huge indices, generation 0 (the kernel's own slot has it), and the neighbours of a good handle: all are nothing.
 */
static void invented_handles_name_nothing(void)
{
    handle_t good = new_notification();
    handle_t invented[] = {0,
                           1,
                           ~0ul,
                           1ul << 63,
                           good + 1,
                           good - 1,
                           1ul << 32,
                           good & 0xffff,
                           good + (1ul << 32),
                           0xffffffff | 1ul << 32,
                           1ul << 32 | MAX_CAPABILITIES,
                           MAX_CAPABILITIES - 1};
    for (unsigned i = 0; i < sizeof(invented) / sizeof(invented[0]); i++) {
        int status = sys_signal(invented[i], 1);
        CHECK(status == E_HANDLE || status == E_TYPE); /* a neighbour may be there, and be something else */
    }
    EQUAL(sys_signal(good & 0xffffffff, 1), E_HANDLE);
}

static void a_capability_of_another_kind_is_refused(void)
{
    handle_t endpoint = new_endpoint(), memory = new_memory(1), notification = new_notification();
    uint64_t bits;
    EQUAL(sys_signal(endpoint, 1), E_TYPE);
    EQUAL(sys_wait(memory, 0, &bits), E_TYPE);
    EQUAL(sys_unmap(SELF, notification), E_TYPE);
    EQUAL(sys_endpoint_bind(notification, endpoint), E_TYPE);
    EQUAL(sys_audit(memory, &bits), E_TYPE);
    EQUAL(sys_thread_set(endpoint, 1, 0), E_TYPE);
}

/* A copy can only lose rights, and each right is asked for where it is needed. */
static void a_copy_has_fewer_rights_at_most(void)
{
    handle_t notification = new_notification();
    handle_t waits = copy_of(notification, RIGHT_WAIT), signals = copy_of(notification, RIGHT_SIGNAL);
    uint64_t bits;
    EQUAL(rights_of(waits), RIGHT_WAIT);
    EQUAL(rights_of(copy_of(waits, RIGHTS_ALL)), RIGHT_WAIT);
    EQUAL(rights_of(copy_of(notification, ~0u)), RIGHTS_ALL);
    EQUAL(sys_signal(waits, 1), E_RIGHTS);
    EQUAL(sys_wait(signals, 0, &bits), E_RIGHTS);
    EQUAL(sys_signal(signals, 4), OK);
    EQUAL(sys_wait(waits, 0, &bits), OK);
    EQUAL(bits, 4);
}

/* Each call demands its right of an endpoint: receive to receive and bind, send to send and call. */
static void an_endpoint_asks_for_each_right(void)
{
    handle_t endpoint = new_endpoint(), receives = copy_of(endpoint, RIGHT_RECEIVE);
    handle_t sends = copy_of(endpoint, RIGHT_SEND), process;
    struct message m = {0};
    EQUAL(ipc_recv(sends, &m, DEADLINE_POLL), E_RIGHTS);
    EQUAL(ipc_reply_recv(sends, &m, DEADLINE_POLL), E_RIGHTS);
    EQUAL(sys_endpoint_bind(sends, new_notification()), E_RIGHTS);
    EQUAL(ipc_send(receives, &m, DEADLINE_POLL), E_RIGHTS);
    EQUAL(ipc_call(receives, &m, DEADLINE_POLL), E_RIGHTS);
    EQUAL(sys_process_create(10, receives, 0, &process), E_RIGHTS);
    EQUAL(sys_cap_mint(SELF, sends, SELF, RIGHTS_ALL, 1, 0, &process), E_RIGHTS);
    EQUAL(ipc_recv(receives, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(ipc_send(sends, &m, DEADLINE_POLL), E_TIMEOUT);
}

/* Also where messages are shortest: a server waits for the call, and a client for the answer. */
static void answer_without_right(void *endpoint)
{
    handle_t sends = copy_of((handle_t)endpoint, RIGHT_SEND);
    struct message m = {0};
    EQUAL(ipc_recv((handle_t)endpoint, &m, DEADLINE_FOREVER), OK);
    m.label = 7;
    EQUAL(ipc_reply_recv(sends, &m, DEADLINE_FOREVER), E_RIGHTS);
    m.label = 8;
    EQUAL(ipc_reply_recv((handle_t)endpoint, &m, DEADLINE_FOREVER), OK);
}

static void also_where_somebody_waits(void)
{
    handle_t endpoint = new_endpoint(), receives = copy_of(endpoint, RIGHT_RECEIVE);
    struct message m = {0};
    worker(answer_without_right, (void *)endpoint, 20);
    settle();
    EQUAL(ipc_call(receives, &m, DEADLINE_FOREVER), E_RIGHTS);
    EQUAL(ipc_call(endpoint, &m, DEADLINE_FOREVER), OK);
    EQUAL(m.label, 8); /* nothing was answered without the right to receive next */
}

/* Without RIGHT_GIVE a capability stays in its process. */
static void what_may_not_be_given_stays(void)
{
    handle_t endpoint = new_endpoint(), kept = copy_of(endpoint, RIGHTS_ALL & ~RIGHT_GIVE), process, copy;
    EQUAL(sys_process_create(50, 0, 0, &process), OK);
    EQUAL(sys_cap_copy(SELF, kept, process, RIGHTS_ALL, &copy), E_RIGHTS);
    EQUAL(sys_cap_move(SELF, kept, process, &copy), E_RIGHTS);
    EQUAL(sys_cap_mint(SELF, kept, process, RIGHTS_ALL, 7, 0, &copy), E_RIGHTS);
    EQUAL(sys_cap_copy(SELF, kept, SELF, RIGHTS_ALL, &copy), OK);
    EQUAL(sys_cap_copy(SELF, endpoint, process, RIGHTS_ALL, &copy), OK);
    CHECK(exists(process, copy));
}

/* A badge is set once, by whoever holds RIGHT_MINT, and never changed by the one who got it. */
static void a_badge_cannot_be_changed(void)
{
    handle_t endpoint = new_endpoint(), badged = minted(endpoint, RIGHTS_ALL, 42), other;
    unsigned type, rights;
    uint64_t badge;
    EQUAL(sys_cap_info(SELF, badged, &type, &rights, &badge), OK);
    EQUAL(type, OBJECT_ENDPOINT);
    EQUAL(badge, 42);
    EQUAL(rights, RIGHTS_ALL & ~RIGHT_MINT);
    EQUAL(sys_cap_mint(SELF, badged, SELF, RIGHTS_ALL, 43, 0, &other), E_RIGHTS);
    EQUAL(sys_cap_info(SELF, copy_of(badged, RIGHTS_ALL), &type, &rights, &badge), OK);
    EQUAL(badge, 42);
    EQUAL(sys_cap_mint(SELF, endpoint, SELF, RIGHTS_ALL, 1, 2, &other), E_ARGUMENT);
    EQUAL(sys_cap_mint(SELF, new_notification(), SELF, RIGHTS_ALL, 1, 0, &other), E_TYPE);
    EQUAL(rights_of(minted(endpoint, RIGHTS_ALL, 0)), RIGHTS_ALL); /* without a badge it may mint on */
}

/* A moved capability is the same node of the tree: revoking its ancestor still finds it, its children are still its. */
static void a_move_keeps_all_relations(void)
{
    handle_t root = new_notification(), child = copy_of(root, RIGHTS_ALL), grandchild = copy_of(child, RIGHTS_ALL);
    handle_t process, moved;
    EQUAL(sys_process_create(50, 0, 0, &process), OK);
    EQUAL(sys_cap_move(SELF, child, process, &moved), OK);
    CHECK(!exists(SELF, child));
    CHECK(exists(process, moved) && exists(SELF, grandchild));
    EQUAL(sys_cap_revoke(process, moved), OK);
    CHECK(exists(process, moved) && !exists(SELF, grandchild));
    EQUAL(sys_cap_revoke(SELF, root), OK);
    CHECK(!exists(process, moved));
}

/*
 *   root - a - b - c      Deleting b hands c to a: revoking a then finds c, and nothing else goes.
 *        \ d
 */
static void deleting_hands_children_to_the_grandparent(void)
{
    handle_t root = new_notification(), a = copy_of(root, RIGHTS_ALL), b = copy_of(a, RIGHTS_ALL);
    handle_t c = copy_of(b, RIGHTS_ALL), d = copy_of(root, RIGHTS_ALL);
    EQUAL(sys_cap_delete(SELF, b), OK);
    CHECK(exists(SELF, c) && exists(SELF, a));
    EQUAL(sys_cap_revoke(SELF, a), OK);
    CHECK(!exists(SELF, c) && exists(SELF, a) && exists(SELF, d) && exists(SELF, root));
}

/* A tree of three levels, 5 x 5 x 5, spread over three processes: one revoke at any place takes just what is below. */
static void revoke_takes_what_was_derived_in_every_process(void)
{
    handle_t root = new_notification(), where[3] = {SELF}, a[5], b[5][5], c[5][5][5];
    EQUAL(sys_process_create(100, 0, 0, &where[1]), OK);
    EQUAL(sys_process_create(100, 0, 0, &where[2]), OK);
    for (unsigned i = 0; i < 5; i++) {
        EQUAL(sys_cap_copy(SELF, root, where[i % 3], RIGHTS_ALL, &a[i]), OK);
        for (unsigned j = 0; j < 5; j++) {
            EQUAL(sys_cap_copy(where[i % 3], a[i], where[j % 3], RIGHTS_ALL, &b[i][j]), OK);
            for (unsigned k = 0; k < 5; k++)
                EQUAL(sys_cap_copy(where[j % 3], b[i][j], where[k % 3], RIGHTS_ALL, &c[i][j][k]), OK);
        }
    }
    EQUAL(sys_cap_revoke(where[1], a[1]), OK);
    for (unsigned i = 0; i < 5; i++) {
        CHECK(exists(where[i % 3], a[i]));
        for (unsigned j = 0; j < 5; j++) {
            EQUAL(exists(where[j % 3], b[i][j]), i != 1);
            for (unsigned k = 0; k < 5; k++)
                EQUAL(exists(where[k % 3], c[i][j][k]), i != 1);
        }
    }
    EQUAL(sys_cap_revoke(SELF, root), OK);
    EQUAL(figure(where[1], PROCESS_CAPABILITIES), 0);
    EQUAL(figure(where[2], PROCESS_CAPABILITIES), 0);
    CHECK(exists(SELF, root));
}

/* The object goes with its original capability, and every copy in every process with the object. */
static void an_object_dies_with_its_root(void)
{
    handle_t root = new_endpoint(), copy = copy_of(root, RIGHTS_ALL), process, theirs;
    uint64_t objects = sys_system_info(SYSTEM_OBJECTS);
    EQUAL(sys_process_create(50, 0, 0, &process), OK);
    EQUAL(sys_cap_copy(SELF, copy, process, RIGHTS_ALL, &theirs), OK);
    EQUAL(sys_cap_delete(SELF, root), OK);
    CHECK(!exists(SELF, root) && !exists(SELF, copy) && !exists(process, theirs));
    EQUAL(sys_cap_delete(SELF, process), OK);
    EQUAL(sys_system_info(SYSTEM_OBJECTS), objects - 1);
}

/* Deleting a copy leaves the object alone. */
static void deleting_a_copy_harms_nobody(void)
{
    handle_t root = new_notification(), copy = copy_of(root, RIGHTS_ALL);
    uint64_t bits;
    EQUAL(sys_cap_delete(SELF, copy), OK);
    EQUAL(sys_signal(root, 1), OK);
    EQUAL(sys_wait(root, 0, &bits), OK);
}

/* What is left of an endpoint's armed capability tells its receiver: once, after the last, with its badge. */
static void drained_comes_once_and_only_after_the_last(void)
{
    handle_t endpoint = new_endpoint(), armed, first, second, third;
    struct message m = message(0);
    EQUAL(sys_cap_mint(SELF, endpoint, SELF, RIGHTS_ALL, 77, 1, &armed), OK);
    first = copy_of(armed, RIGHTS_ALL);
    second = copy_of(first, RIGHTS_ALL);
    third = copy_of(armed, RIGHTS_ALL);
    EQUAL(sys_cap_delete(SELF, first), OK); /* its child is handed to the armed one */
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(sys_cap_delete(SELF, third), OK);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(sys_cap_delete(SELF, second), OK);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), OK);
    EQUAL(m.label, LABEL_DRAINED);
    EQUAL(m.arrival, ARRIVAL_EVENT);
    EQUAL(m.badge, 77);
    EQUAL(m.token, 0);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(sys_cap_delete(SELF, copy_of(armed, 0)), OK); /* and again for the next last one */
    EQUAL(received(endpoint).label, LABEL_DRAINED);
}

/* Revoke and the end of a process count as well; deleting the armed capability itself before, or its endpoint, tells
 * nobody. */
static void drained_comes_however_the_last_goes(void)
{
    handle_t endpoint = new_endpoint(), armed, process, moved;
    struct message m = message(0);
    EQUAL(sys_cap_mint(SELF, endpoint, SELF, RIGHTS_ALL, 5, 1, &armed), OK);
    copy_of(copy_of(armed, RIGHTS_ALL), RIGHTS_ALL);
    EQUAL(sys_cap_revoke(SELF, armed), OK);
    EQUAL(received(endpoint).badge, 5);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(sys_process_create(50, 0, 0, &process), OK);
    CHECK(give(armed, process, RIGHTS_ALL) != 0);
    EQUAL(sys_cap_delete(SELF, process), OK);
    EQUAL(received(endpoint).badge, 5);
    EQUAL(sys_cap_delete(SELF, copy_of(armed, 0)), OK); /* drained is waiting ... */
    EQUAL(sys_cap_move(SELF, armed, SELF, &moved), OK); /* ... and goes along with a move */
    EQUAL(received(endpoint).badge, 5);
    EQUAL(sys_cap_delete(SELF, copy_of(moved, 0)), OK);
    EQUAL(sys_cap_delete(SELF, moved), OK); /* who disarms before it is read hears nothing */
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
}

/* A table grows as it must, page by page, up to its limit, and 10,000 capabilities of one object go in one revoke. */
static void thousands_of_capabilities(void)
{
    handle_t root = new_notification(), process, copy = 0;
    unsigned count = 0;
    int status;
    EQUAL(sys_process_create(600, 0, 0, &process), OK);
    while ((status = sys_cap_copy(SELF, root, process, RIGHTS_ALL, &copy)) == OK)
        count++;
    EQUAL(status, E_LIMIT);
    CHECK(count >= MAX_CAPABILITIES - 1);
    CHECK(exists(process, copy) || copy == 0);
    EQUAL(sys_audit(process, &copy), OK);
    EQUAL(sys_cap_revoke(SELF, root), OK);
    EQUAL(figure(process, PROCESS_CAPABILITIES), 0);
    EQUAL(sys_cap_copy(SELF, root, process, RIGHTS_ALL, &copy), OK);
    EQUAL(sys_cap_delete(SELF, process), OK);
}

/* Nobody can delete what they run in or on. */
static void nobody_saws_off_their_own_branch(void)
{
    handle_t thread;
    EQUAL(sys_cap_delete(SELF, own.self), OK); /* a mere copy */
    thread = 1ul << 32;                        /* look for our own thread among the first handles */
    for (unsigned type = 0, rights; type != OBJECT_THREAD; thread++) {
        uint64_t badge;
        sys_cap_info(SELF, thread, &type, &rights, &badge);
    }
    EQUAL(sys_cap_delete(SELF, thread - 1), E_ARGUMENT);
}

int main(void)
{
    RUN_ONCE(a_stale_handle_names_nothing);
    RUN_ONCE(invented_handles_name_nothing);
    RUN_ONCE(a_capability_of_another_kind_is_refused);
    RUN_ONCE(a_copy_has_fewer_rights_at_most);
    RUN_ONCE(an_endpoint_asks_for_each_right);
    RUN(also_where_somebody_waits);
    RUN_ONCE(what_may_not_be_given_stays);
    RUN_ONCE(a_badge_cannot_be_changed);
    RUN_ONCE(a_move_keeps_all_relations);
    RUN_ONCE(deleting_hands_children_to_the_grandparent);
    RUN_ONCE(revoke_takes_what_was_derived_in_every_process);
    RUN_ONCE(an_object_dies_with_its_root);
    RUN_ONCE(deleting_a_copy_harms_nobody);
    RUN_ONCE(drained_comes_once_and_only_after_the_last);
    RUN_ONCE(drained_comes_however_the_last_goes);
    RUN_ONCE(thousands_of_capabilities);
    RUN_ONCE(nobody_saws_off_their_own_branch);
    finish();
}
