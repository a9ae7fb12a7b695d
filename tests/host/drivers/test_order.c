/*
 * What the disk is told, against what a client asked for (servers/block/order.c).
 */
#include "servers/block/order.h"
#include "servers/proto/block.h"
#include "tests/host/drivers/unit.h"

#define PIECES 3
#define SECTOR 1000

static const struct memory_range clients = {0x400000, 0x100000}, bounce = {0x80000, 0x8000};
static struct virtqueue_segment data[PIECES];
static struct transfer_piece pieces[PIECES];

/* Three pieces whose sectors follow each other, read or written. */
static void order(enum transfer_kind kind)
{
    uint64_t sector = SECTOR;
    for (unsigned i = 0; i < PIECES; i++) {
        uint32_t length = 512 * (i + 1);
        uint64_t physical = clients.physical + 0x3000 * (PIECES - i);
        pieces[i] = (struct transfer_piece){physical, length, order_seal(kind, sector, physical, length)};
        data[i] = (struct virtqueue_segment){physical, length, kind == TRANSFER_READ};
        sector += i + 1;
    }
}

static bool is_meant(enum transfer_kind kind)
{
    return order_is_meant(kind, SECTOR, data, pieces, PIECES);
}

static bool is_harmless(void)
{
    return order_is_harmless(SECTOR, SECTOR + 6, data, PIECES, clients, bounce);
}

static void what_was_asked_for_is_meant_and_nothing_else(void **state)
{
    (void)state;
    static const enum transfer_kind kinds[] = {TRANSFER_READ, TRANSFER_WRITE};
    for (unsigned k = 0; k < 2; k++) {
        order(kinds[k]);
        assert_true(is_meant(kinds[k]));
        assert_false(is_meant(kinds[!k]));
        assert_false(is_meant(TRANSFER_FLUSH));
        for (unsigned bit = 0; bit < 64; bit++)
            assert_false(order_is_meant(kinds[k], SECTOR ^ 1ul << bit, data, pieces, PIECES));
        for (unsigned i = 0; i < PIECES; i++) {
            for (unsigned bit = 0; bit < 64; bit++) {
                data[i].address ^= 1ul << bit;
                assert_false(is_meant(kinds[k]));
                data[i].address ^= 1ul << bit;
                data[i].length ^= (uint32_t)(1ul << bit % 32);
                assert_false(is_meant(kinds[k]));
                data[i].length ^= (uint32_t)(1ul << bit % 32);
            }
            data[i].device_writes = !data[i].device_writes;
            assert_false(is_meant(kinds[k]));
            data[i].device_writes = !data[i].device_writes;
        }
        assert_true(is_meant(kinds[k]));
    }
    assert_true(order_is_meant(TRANSFER_FLUSH, 0, data, pieces, 0));
    assert_false(order_is_meant(TRANSFER_WRITE, 0, data, pieces, 0));
}

static void the_device_is_led_nowhere_else(void **state)
{
    (void)state;
    order(TRANSFER_READ);
    assert_true(is_harmless());
    assert_false(order_is_harmless(SECTOR + 1, SECTOR + 6, data, PIECES, clients, bounce));
    assert_false(order_is_harmless(~0ul - 2, SECTOR + 6, data, PIECES, clients, bounce));
    data[1].address = clients.physical + clients.bytes - data[1].length;
    assert_true(is_harmless());
    data[1].address++;
    assert_false(is_harmless());
    data[1].address = clients.physical - 1;
    assert_false(is_harmless());
    data[1].address = bounce.physical;
    assert_true(is_harmless());
    data[1].address = ~0ul;
    assert_false(is_harmless());
}

static uint64_t sum_of(const uint64_t *words, unsigned count)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum = block_sum(sum, words[i]);
    return sum;
}

static void a_request_that_changed_on_its_way_has_another_sum(void **state)
{
    (void)state;
    uint64_t words[] = {2, SECTOR, 0x3000 | 1024ul << 32, SECTOR + 8, 0x9000 | 512ul << 32};
    const unsigned count = sizeof(words) / sizeof(words[0]);
    uint64_t sum = sum_of(words, count);
    for (unsigned bit = 0; bit < count * 64; bit++) {
        words[bit / 64] ^= 1ul << bit % 64;
        assert_true(sum_of(words, count) != sum);
        words[bit / 64] ^= 1ul << bit % 64;
    }
    uint64_t swapped[] = {2, SECTOR + 8, 0x9000 | 512ul << 32, SECTOR, 0x3000 | 1024ul << 32};
    assert_true(sum_of(swapped, count) != sum);
    assert_int_equal(sum_of(words, count), sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_for_is_meant_and_nothing_else),
        cmocka_unit_test(the_device_is_led_nowhere_else),
        cmocka_unit_test(a_request_that_changed_on_its_way_has_another_sum),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
