/*
 * The virtqueue against a device of our own: one that works, and one that lies.
 */
#include "servers/block/virtqueue.h"
#include "tests/host/drivers/unit.h"
#include <stdlib.h>
#include <string.h>

#define SIZE 32u

static struct virtqueue queue;
static struct virtqueue_descriptor descriptors[VIRTQUEUE_SIZE];
static struct virtqueue_available available;
static struct virtqueue_used used;
static uint16_t seen; /* the device's: chains it has looked at */

static int start(void **state)
{
    (void)state;
    memset(&used, 0xaa, sizeof(used));
    virtqueue_init(&queue, (struct virtqueue_memory){descriptors, &available, &used}, SIZE);
    seen = 0;
    return 0;
}

/* A chain of `count` segments whose addresses begin with `first`; the last is written by the device. */
static void add(unsigned count, uint64_t first, unsigned cookie)
{
    struct virtqueue_segment segments[SIZE] = {0};
    for (unsigned i = 0; i < count; i++)
        segments[i] = (struct virtqueue_segment){first + i, 512 * (i + 1), i + 1 == count};
    uint16_t head = virtqueue_prepare(&queue, segments, count, cookie);
    struct virtqueue_segment read[SIZE];
    uint16_t before = available.index;
    assert_true(virtqueue_read(&queue, head, read, count));
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(read[i].address, segments[i].address);
        assert_int_equal(read[i].length, segments[i].length);
        assert_int_equal(read[i].device_writes, segments[i].device_writes);
    }
    assert_false(virtqueue_read(&queue, head, read, count + 1));
    assert_int_equal(available.index, before); /* so far the device knows nothing of it */
    virtqueue_publish(&queue, head);
}

static void device_returns(uint32_t head)
{
    used.chains[used.index % SIZE].head = head;
    used.index++;
}

/* The device walks the next chain; checks it; returns its head. */
static uint16_t device_walks(unsigned count, uint64_t first)
{
    assert_true(seen != available.index);
    uint16_t head = available.heads[seen++ % SIZE], index = head;
    for (unsigned i = 0; i < count; i++) {
        const struct virtqueue_descriptor *descriptor = &descriptors[index];
        bool last = i + 1 == count;
        assert_int_equal(descriptor->address, first + i);
        assert_int_equal(descriptor->length, 512 * (i + 1));
        assert_int_equal(descriptor->flags, last ? 2 : 1);
        index = descriptor->next;
    }
    return head;
}

static void a_chain_travels_there_and_back(void **state)
{
    (void)state;
    unsigned cookie;
    add(3, 0x1000, 77);
    assert_int_equal(queue.free_count, SIZE - 3);
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_EMPTY);
    device_returns(device_walks(3, 0x1000));
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_TAKEN);
    assert_int_equal(cookie, 77);
    assert_int_equal(queue.free_count, SIZE);
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_EMPTY);
}

/* Chains of all lengths, finished in any order, past the wrap of the 16-bit indices. */
static void many_chains_in_any_order(void **state)
{
    (void)state;
    struct {
        uint16_t head;
        unsigned cookie;
    } flying[SIZE];
    unsigned count = 0, number = 0, cookie;
    srand(1);
    while (number < 70000 || count > 0) {
        unsigned length = 1 + (unsigned)rand() % 8;
        if (number < 70000 && queue.free_count >= length && rand() % 2) {
            add(length, number, number);
            flying[count].head = device_walks(length, number);
            flying[count++].cookie = number++;
        } else if (count > 0) {
            unsigned chosen = (unsigned)rand() % count;
            device_returns(flying[chosen].head);
            assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_TAKEN);
            assert_int_equal(cookie, flying[chosen].cookie);
            flying[chosen] = flying[--count];
        }
    }
    assert_int_equal(queue.free_count, SIZE);
}

static void a_lie_is_noticed(void **state)
{
    unsigned cookie;
    static const uint32_t lies[] = {1, SIZE, 0xffff, 0x10000, 0xffffffff};
    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        start(state);
        add(3, 0, 5); /* its head is descriptor 0 */
        device_returns(lies[i]);
        assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_BROKEN);
    }
    start(state);
    add(3, 0, 5);
    uint16_t head = device_walks(3, 0);
    device_returns(head);
    device_returns(head); /* twice */
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_TAKEN);
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_BROKEN);
    start(state);
    used.index = SIZE + 1; /* more than there can be */
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_BROKEN);
}

static void scribbled_descriptors_do_not_mislead(void **state)
{
    (void)state;
    unsigned cookie;
    add(5, 0, 1);
    uint16_t head = device_walks(5, 0);
    memset(descriptors, 0xff, sizeof(descriptors));
    device_returns(head);
    assert_int_equal(virtqueue_take(&queue, &cookie), VIRTQUEUE_TAKEN);
    add(SIZE, 100, 2);
    device_walks(SIZE, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_chain_travels_there_and_back, start),
        cmocka_unit_test_setup(many_chains_in_any_order, start),
        cmocka_unit_test_setup(a_lie_is_noticed, start),
        cmocka_unit_test_setup(scribbled_descriptors_do_not_mislead, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
