/*
 * Tables, handles and operations on capabilities of three processes, against a plain list of who holds what derived
 * from whom. Pages come from malloc, so the sanitizer sees each use of a freed table.
 */
#include "kernel/cap/capability.h"
#include "tests/host/kernel/unit.h"
#include <string.h>

#define PROCESSES    3
#define CAPABILITIES 400 /* at once */
#define HISTORY      4000
#define BADGE(n)     (1000 + (uint64_t)(n))

/* ---- the kernel around the tested files ---- */

static unsigned pages_alive;

void *page_take(void)
{
    pages_alive++;
    return memset(aligned_alloc(PAGE_SIZE, PAGE_SIZE), 0, PAGE_SIZE);
}

void page_free(void *page)
{
    pages_alive--;
    free(page);
}

bool mapping_shrink(struct mapping *mapping, struct space *space)
{
    (void)mapping;
    (void)space;
    return true;
}

static struct link posted = {&posted, &posted};

static void post(struct object *object, struct event *event)
{
    (void)object;
    if (!list_is_linked(&event->link))
        list_append(&posted, &event->link);
}

static uint64_t charge(const struct object *object)
{
    (void)object;
    return 5;
}

const struct object_kind object_kinds[OBJECT_TYPES] = {[OBJECT_ENDPOINT] = {.charge = charge, .post_event = post}};

/* ---- the model ---- */

static struct process *processes[PROCESSES];
static struct object object;

/* Capability 0 is the root. */
static struct capability {
    bool exists, armed, drained;
    int parent;
    unsigned process;
    handle_t handle;
} model[CAPABILITIES];

static struct {
    unsigned process;
    handle_t handle;
} history[HISTORY]; /* of handles that are no more */
static unsigned history_length;

static struct slot *slot_of(int n)
{
    return slot_find(&processes[model[n].process]->table, model[n].handle);
}

static int count_children(int n)
{
    int count = 0;
    for (int i = 0; i < CAPABILITIES; i++)
        count += model[i].exists && model[i].parent == n;
    return count;
}

static void forget(int n)
{
    if (history_length < HISTORY) {
        history[history_length].process = model[n].process;
        history[history_length++].handle = model[n].handle;
    }
}

/* Capability n is gone; its children are its parent's. */
static void model_delete(int n)
{
    int parent = model[n].parent;
    forget(n);
    model[n].exists = false;
    for (int i = 0; i < CAPABILITIES; i++)
        if (model[i].exists && model[i].parent == n)
            model[i].parent = parent;
    if (model[parent].armed && count_children(parent) == 0)
        model[parent].drained = true;
}

static int first_below(int n)
{
    for (int i = 0; i < CAPABILITIES; i++)
        if (model[i].exists && model[i].parent == n)
            return i;
    return -1;
}

static int random_capability(bool exists)
{
    for (unsigned tries = 0; tries < 10000; tries++) {
        int n = (int)dice(CAPABILITIES);
        if (model[n].exists == exists)
            return n;
    }
    return -1;
}

/* ---- steps ---- */

static void derive(void)
{
    int source = random_capability(true), n = random_capability(false);
    unsigned to = (unsigned)dice(PROCESSES);
    struct slot *child;
    if (n < 0)
        return;
    assert_int_equal(capability_derive(slot_of(source), processes[to], RIGHTS_ALL, BADGE(n), &child), OK);
    child->armed = dice(3) == 0;
    model[n] = (struct capability){true, child->armed, false, source, to, child->handle};
    model[source].drained = false;
}

static void move(void)
{
    int n = random_capability(true);
    unsigned to = (unsigned)dice(PROCESSES);
    struct slot *moved;
    assert_int_equal(capability_move(slot_of(n), processes[to], &moved), OK);
    forget(n);
    model[n].process = to;
    model[n].handle = moved->handle;
}

static void delete (void)
{
    int n = random_capability(true);
    if (n == 0)
        return;
    assert_true(capability_delete_step(slot_of(n)));
    model_delete(n);
}

static void revoke(void)
{
    int n = random_capability(true), below;
    while (!capability_revoke_step(slot_of(n)))
        continue;
    while ((below = first_below(n)) >= 0)
        model_delete(below);
}

static uint64_t expected_used(unsigned process)
{
    return processes[process]->table.leaf_count + (object.root->process == processes[process] ? 5 : 0);
}

static void compare(void)
{
    uint64_t held[PROCESSES] = {0};
    for (int n = 0; n < CAPABILITIES; n++) {
        struct slot *slot;
        if (!model[n].exists)
            continue;
        slot = slot_of(n);
        held[model[n].process]++;
        assert_non_null(slot);
        assert_ptr_equal(slot->process, processes[model[n].process]);
        assert_int_equal(slot->badge, n ? BADGE(n) : 0);
        assert_int_equal(capability_is_root(slot), n == 0);
        assert_int_equal(list_is_linked(&slot->drained.link), model[n].drained);
        assert_int_equal(node_has_children(&slot->node), count_children(n) > 0);
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        assert_int_equal(processes[i]->table.used, held[i]);
        assert_int_equal(processes[i]->account.used, expected_used(i));
    }
    for (unsigned i = 0; i < history_length; i++) /* the slot's next tenant has another generation */
        assert_null(slot_find(&processes[history[i].process]->table, history[i].handle));
}

static void start(void)
{
    struct slot *root;
    history_length = 0;
    memset(model, 0, sizeof(model));
    for (unsigned i = 0; i < PROCESSES; i++) {
        processes[i] = page_take();
        processes[i]->account.quota = 1000;
        table_init(&processes[i]->table);
    }
    assert_true(account_charge(&processes[0]->account, 5));
    assert_int_equal(slot_take(processes[0], &root), OK);
    object = (struct object){.type = OBJECT_ENDPOINT, .lives_as = OBJECT_ENDPOINT, .root = root};
    slot_fill(root, &object, RIGHTS_ALL, 0);
    model[0] = (struct capability){.exists = true, .parent = -1, .handle = root->handle};
}

static void end(void)
{
    while (!capability_revoke_step(object.root))
        continue;
    slot_clear(object.root);
    for (unsigned i = 0; i < PROCESSES; i++) {
        while (!table_free_step(processes[i], 3))
            continue;
        page_free(processes[i]);
    }
    assert_int_equal(pages_alive, 0);
    assert_true(list_is_empty(&posted));
}

static void random_steps_agree_with_the_model(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 10; round++) {
        start();
        for (unsigned step = 0; step < 600; step++) {
            switch (dice(40)) {
            case 0:
                revoke();
                break;
            case 1 ... 7:
                delete ();
                break;
            case 8 ... 14:
                move();
                break;
            default:
                derive();
            }
            compare();
        }
        end();
    }
}

/* Quota and limit: what cannot be had changes nothing. */
static void a_full_table_says_so(void **state)
{
    struct slot *child;
    unsigned count = 0;
    int status;
    (void)state;
    start();
    processes[1]->account.quota = 2;
    while ((status = capability_derive(object.root, processes[1], 0, 0, &child)) == OK)
        count++;
    assert_int_equal(status, E_QUOTA);
    assert_int_equal(count, 2 * SLOTS_PER_PAGE);
    processes[2]->account.quota = 10 * LEAVES;
    for (count = 0; (status = capability_derive(object.root, processes[2], 0, 0, &child)) == OK;)
        count++;
    assert_int_equal(status, E_LIMIT);
    assert_int_equal(count, MAX_CAPABILITIES);
    end();
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_steps_agree_with_the_model),
        cmocka_unit_test(a_full_table_says_so),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
