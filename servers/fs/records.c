/* Locking the ledger's records; records.h. */
#include "records.h"
#include "disk.h"
#include "ledger_format.h"
#include "user/lib/memory.h"

#define HEADER_PAGES (LEDGER_HEADER / PAGE_SIZE)

static handle_t window;         /* the Memory, once more */
static uint8_t *window_address; /* reserved for all of it */

/* A copy of the capability, as each has one mapping. */
static handle_t copy_of(handle_t memory)
{
    handle_t copy = 0;
    sys_cap_copy(SELF, memory, SELF, RIGHTS_ALL, &copy);
    return copy;
}

bool records_map(handle_t memory, void **header, const uint8_t **records)
{
    window = copy_of(memory);
    window_address = address_reserve(LEDGER_PAGES);
    *header = pages_map(copy_of(memory), HEADER_PAGES, RIGHT_READ | RIGHT_WRITE);
    const uint8_t *all = pages_map(memory, LEDGER_PAGES, RIGHT_READ);
    if (window == 0 || window_address == NULL || *header == NULL || all == NULL)
        return false;
    *records = all + LEDGER_HEADER;
    records_unlock(0, 1); /* so that nothing has to be found for it later */
    records_lock();
    return true;
}

uint8_t *records_unlock(uint64_t offset, uint64_t length)
{
    uint64_t start = LEDGER_HEADER + offset, first = start / PAGE_SIZE, end = start + length;
    uint64_t pages = (end + PAGE_SIZE - 1) / PAGE_SIZE - first;
    if (sys_map(SELF, window, window_address, first, pages, RIGHT_READ | RIGHT_WRITE) != OK)
        give_up("the ledger cannot be written");
    return window_address + start % PAGE_SIZE;
}

void records_lock(void)
{
    sys_unmap(SELF, window);
}
