/*
 * The derivation tree against the simplest one there is: an array of parents, and lists of children in order.
 */
#include "kernel/cap/derive.h"
#include "tests/host/kernel/unit.h"

#define NODES 60
#define GONE  (-2)
#define ROOT  (-1)

static struct node nodes[NODES];
static int parents[NODES];         /* of each node: its parent's number, ROOT, or GONE */
static int children[NODES][NODES]; /* in order */
static int child_counts[NODES];

static int number_of(const struct node *node)
{
    return (int)(node - nodes);
}

static void model_insert(int parent, int child)
{
    parents[child] = parent;
    children[parent][child_counts[parent]++] = child;
}

static int position(int node)
{
    int place = 0;
    while (children[parents[node]][place] != node)
        place++;
    return place;
}

/* Puts `count` nodes in the place of one child. */
static void model_splice(int parent, int place, const int *with, int count)
{
    int tail = child_counts[parent] - place - 1;
    int rest[NODES];
    for (int i = 0; i < tail; i++)
        rest[i] = children[parent][place + 1 + i];
    for (int i = 0; i < count; i++) {
        children[parent][place + i] = with[i];
        parents[with[i]] = parent;
    }
    for (int i = 0; i < tail; i++)
        children[parent][place + count + i] = rest[i];
    child_counts[parent] += count - 1;
}

/* Both directions of every list of children, and every parent. */
static void compare(void)
{
    for (int n = 0; n < NODES; n++) {
        const struct node *node = &nodes[n];
        int seen = 0;
        if (parents[n] == GONE)
            continue;
        assert_int_equal(node_is_root(node), parents[n] == ROOT);
        assert_int_equal(node_has_children(node), child_counts[n] > 0);
        if (!node_has_children(node))
            continue;
        for (const struct node *child = node->first;; child = (const struct node *)child->next) {
            assert_int_equal(number_of(child), children[n][seen]);
            if (seen == 0)
                assert_int_equal(child->previous, (uintptr_t)node | 1);
            else
                assert_int_equal(child->previous, (uintptr_t)&nodes[children[n][seen - 1]]);
            seen++;
            if (child->next & 1)
                break;
        }
        assert_int_equal(seen, child_counts[n]);
        assert_ptr_equal(node->last, &nodes[children[n][seen - 1]]);
        assert_int_equal(node->last->next, (uintptr_t)node | 1);
    }
}

static void start(void)
{
    for (int n = 0; n < NODES; n++) {
        parents[n] = GONE;
        child_counts[n] = 0;
        node_init(&nodes[n]);
    }
    parents[0] = ROOT;
}

static int random_node(bool wanted)
{
    for (;;) {
        int n = (int)dice(NODES);
        if ((parents[n] != GONE) == wanted)
            return n;
    }
}

static int count_nodes(void)
{
    int count = 0;
    for (int n = 0; n < NODES; n++)
        count += parents[n] != GONE;
    return count;
}

static void insert_one(void)
{
    int parent = random_node(true), child = random_node(false);
    child_counts[child] = 0;
    model_insert(parent, child);
    node_insert(&nodes[parent], &nodes[child]);
}

static void remove_one(void)
{
    int n = random_node(true), parent = parents[n];
    struct node *childless;
    if (parent == ROOT)
        return;
    model_splice(parent, position(n), children[n], child_counts[n]);
    parents[n] = GONE;
    childless = node_remove(&nodes[n]);
    assert_ptr_equal(childless, child_counts[parent] == 0 ? &nodes[parent] : NULL);
}

static void replace_one(void)
{
    int from = random_node(true), to = random_node(false);
    if (parents[from] == ROOT)
        parents[to] = ROOT;
    else
        model_splice(parents[from], position(from), &to, 1);
    child_counts[to] = 0;
    for (int i = 0; i < child_counts[from]; i++)
        model_insert(to, children[from][i]);
    child_counts[from] = 0;
    parents[from] = GONE;
    node_replace(&nodes[from], &nodes[to]);
}

static void random_trees_agree_with_the_model(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        start();
        for (unsigned step = 0; step < 300; step++) {
            int count = count_nodes();
            if (count < NODES && dice(3))
                insert_one();
            else if (count < NODES && dice(2))
                replace_one();
            else
                remove_one();
            compare();
        }
    }
}

/* As revoke does: always the first child, until there is none. Grandchildren come up in between. */
static void removing_first_children_ends(void **state)
{
    (void)state;
    start();
    while (count_nodes() < NODES)
        insert_one();
    for (int removed = 0; node_has_children(&nodes[0]); removed++) {
        assert_true(removed < NODES);
        node_remove(nodes[0].first);
    }
    assert_null(nodes[0].last);
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_trees_agree_with_the_model),
        cmocka_unit_test(removing_first_children_ends),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
