#include "servers/console/outgoing.h"
#include "user/lib/fail_stop.h"
#include <string.h>

/* The byte, and above it a check that depends on its position: a cell of another place, or of a former time around the
 * ring, is not whole. */
static uint16_t cell_of(uint8_t byte, uint64_t position)
{
    uint8_t check = (uint8_t)(~byte ^ position * 0x9e3779b97f4a7c15 >> 56);
    return (uint16_t)(byte | check << 8);
}

void outgoing_put(struct outgoing *output, uint8_t byte)
{
    uint64_t end = output->end;
    fail_stop_unless(output->ring.put == end);
    ring_put(&output->ring, cell_of(byte, end));
    output->copies[end % RING_SIZE] = cell_of(byte, end);
    output->end = end + 1;
}

uint8_t outgoing_byte(const struct outgoing *output, uint64_t position)
{
    uint16_t cell = output->ring.cells[position % RING_SIZE], copy = output->copies[position % RING_SIZE];
    return (uint8_t)(cell == cell_of((uint8_t)cell, position) ? cell : copy);
}

bool outgoing_has(const struct outgoing *output, uint64_t position, uint8_t byte)
{
    uint16_t cell = cell_of(byte, position);
    return output->ring.cells[position % RING_SIZE] == cell && output->copies[position % RING_SIZE] == cell;
}

/* ---- what has left ---- */

static void note(struct outgoing *output, uint64_t taken, uint64_t going)
{
    struct sent sent = {taken, going}, again = {taken, going};
    fail_stop_unless(kept_store(output->sent, &sent, &again, sizeof(sent)));
}

void outgoing_recover(struct outgoing *output, uint64_t put)
{
    struct sent noted;
    struct ring *ring = &output->ring;
    if (kept_load(output->sent, &noted, sizeof(noted)) && ring->taken - noted.taken > noted.going)
        ring->taken = noted.taken;
    ring->put = output->end = put;
    if (ring->taken > put || put - ring->taken > RING_SIZE)
        ring_clear(ring);
    note(output, ring->taken, 0);
}

uint64_t outgoing_sent(const struct outgoing *output)
{
    struct sent noted;
    uint64_t taken = output->ring.taken;
    fail_stop_unless(kept_load(output->sent, &noted, sizeof(noted)) && noted.taken == taken && noted.going == 0);
    return taken;
}

void outgoing_clear(struct outgoing *output)
{
    ring_clear(&output->ring);
    note(output, output->ring.taken, 0);
}

/* ---- to the device ---- */

static unsigned copy_next(const struct outgoing *output, uint64_t first, uint8_t bytes[OUTGOING_BURST])
{
    uint64_t count = output->ring.put - first;
    fail_stop_unless(count == output->end - first && count <= RING_SIZE);
    if (count > OUTGOING_BURST)
        count = OUTGOING_BURST;
    for (unsigned i = 0; i < count; i++)
        bytes[i] = outgoing_byte(output, first + i);
    return (unsigned)count;
}

/* What goes out cannot be taken back, so it is copied twice. */
unsigned outgoing_begin(struct outgoing *output, uint8_t bytes[OUTGOING_BURST])
{
    uint8_t again[OUTGOING_BURST];
    uint64_t first = outgoing_sent(output);
    unsigned count = copy_next(output, first, bytes);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    fail_stop_unless(copy_next(output, first, again) == count && memcmp(bytes, again, count) == 0);
    note(output, first, count);
    return count;
}

void outgoing_finish(struct outgoing *output, uint64_t written)
{
    struct sent noted;
    uint64_t taken = output->ring.taken;
    fail_stop_unless(kept_load(output->sent, &noted, sizeof(noted)) && written <= noted.going);
    fail_stop_unless(taken == noted.taken + written);
    note(output, taken, 0);
}
