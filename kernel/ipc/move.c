/*
 * Page moves: frames that leave one address space with a message and appear in another, with no copy.
 *
 * A range of pages is found by its first page-table entry, which names the capability that mapped it (mm/space.h): that
 * capability's mapping must cover the range, and its Memory be movable. Such Memory has one capability and so one
 * mapping, and the two places that know a frame are the entry and the Memory's list.
 *
 *   1. everything is checked, on both sides
 *   2. the entries at the sender and in the window become holes; frames that were in the window are freed
 *   3. shootdown: nobody can reach any of the frames any more
 *   4. the frames enter the receiver's list, and the entries of the window: now they can be seen
 *
 * The whole is one step with the kernel lock held. Nothing in it can fail after 1, and it needs no memory: the tables
 * and lists on both sides exist since the pages were mapped.
 */
#include "kernel/base/check.h"
#include "kernel/base/trace.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/tlb.h"

/* Pages inside one mapping of movable Memory. */
struct stretch {
    struct space *space;
    struct memory *memory;
    uint64_t address, pages;
    uint64_t first; /* page of the Memory */
};

/* What a message page says about a range; the user's other threads may write there, so it is read once. */
static struct page_range read_range(const volatile struct page_range *range)
{
    return (struct page_range){range->address, range->pages};
}

/* The capability whose mapping covers the whole range, 0 if there is none. */
static struct slot *find_mapping(const struct process *process, struct page_range range)
{
    const entry_t *entry = space_entry(&process->space, range.address);
    const struct mapping *mapping;
    struct slot *slot;
    uint64_t before;

    if (!entry || !*entry || entry_owner(*entry) / SLOTS_PER_PAGE >= process->table.leaf_count)
        return 0;
    slot = slot_at(&process->table, entry_owner(*entry));
    mapping = &slot->mapping;
    before = (range.address - mapping->address) / PAGE_SIZE;
    if (!slot->object || range.address < mapping->address || before > mapping->pages ||
        range.pages > mapping->pages - before)
        return 0;
    return slot;
}

/* Finds the Memory behind a range. E_ARGUMENT: alignment, or not inside one mapping; E_TYPE; E_DEAD. */
static int find_stretch(struct process *process, struct page_range range, struct stretch *found)
{
    struct slot *slot = range.address % PAGE_SIZE || !range.pages ? 0 : find_mapping(process, range);
    struct memory *memory;

    if (!slot)
        return E_ARGUMENT;
    memory = memory_of(slot->object);
    if (!memory->movable)
        return E_TYPE;
    if (object_is_dead(&memory->object))
        return E_DEAD;
    *found = (struct stretch){
        .space = &process->space,
        .memory = memory,
        .address = range.address,
        .pages = range.pages,
        .first = slot->mapping.first + (range.address - slot->mapping.address) / PAGE_SIZE,
    };
    return OK;
}

static entry_t *entry_of(const struct stretch *stretch, uint64_t page)
{
    return space_entry(stretch->space, stretch->address + page * PAGE_SIZE);
}

static uint32_t *number_of(const struct stretch *stretch, uint64_t page)
{
    return memory_number(stretch->memory, stretch->first + page);
}

/* The bits that all its entries have. */
static entry_t common_bits(const struct stretch *stretch)
{
    entry_t common = ~0ul;

    for (uint64_t i = 0; i < stretch->pages; i++)
        common &= *entry_of(stretch, i);
    return common;
}

/* The pages that shall leave the sender. */
static int find_source(const struct thread *sender, struct stretch *source)
{
    struct page_range range = read_range(&sender->page->move);
    int status = range.pages > MESSAGE_MOVE_PAGES ? E_ARGUMENT : find_stretch(sender->process, range, source);
    entry_t common;

    if (status != OK)
        return status;
    common = common_bits(source);
    if (!(common & PAGE_PRESENT))
        return E_ADDRESS;
    return common & PAGE_WRITE ? OK : E_RIGHTS;
}

/* The first `pages` pages of the receiver's window. E_WINDOW. */
static int find_window(const struct thread *receiver, uint64_t pages, struct stretch *window)
{
    struct page_range range = read_range(&receiver->page->window);

    if (receiver->faulting || !(receiver->frame.rax & SHAPE_WINDOW) || range.pages < pages ||
        find_stretch(receiver->process, range, window) != OK)
        return E_WINDOW;
    window->pages = pages;
    return common_bits(window) & PAGE_WRITE ? OK : E_WINDOW;
}

static bool overlap(const struct stretch *a, const struct stretch *b)
{
    return a->space == b->space && a->address < b->address + b->pages * PAGE_SIZE &&
           b->address < a->address + a->pages * PAGE_SIZE;
}

int move_check(const struct thread *sender)
{
    struct stretch source;

    return sender->faulting || !(sender->frame.rax & SHAPE_MOVE) ? OK : find_source(sender, &source);
}

static void make_hole(entry_t *entry)
{
    *entry &= ~(PAGE_ADDRESS | PAGE_PRESENT);
}

/* Empties the window. Returns how many frames were in it. */
static uint64_t clear_window(const struct stretch *window)
{
    uint64_t freed = 0;

    for (uint64_t i = 0; i < window->pages; i++) {
        uint32_t *number = number_of(window, i);

        if (!*number)
            continue;
        page_free(phys_to_virt((phys_t)*number * PAGE_SIZE));
        *number = 0;
        make_hole(entry_of(window, i));
        freed++;
    }
    window->memory->present -= freed;
    return freed;
}

static void carry(const struct stretch *source, const struct stretch *window)
{
    for (uint64_t i = 0; i < source->pages; i++) {
        uint32_t *from = number_of(source, i), *to = number_of(window, i);

        *to = *from;
        *from = 0;
        *entry_of(window, i) |= (phys_t)*to * PAGE_SIZE | PAGE_PRESENT;
    }
    source->memory->present -= source->pages;
    window->memory->present += source->pages;
}

/* The name of the call whose answer, or whose request, the pages travel with; 0: with a mere send. */
static inline uint64_t moved_in(const struct thread *from, const struct thread *to)
{
    if (to->state == THREAD_CALLING)
        return to->token;
    return from->expects_answer ? from->token + TOKEN_STEP : 0;
}

int move_pages(struct thread *from, struct thread *to)
{
    struct stretch source, window;
    int status;

    if (from->faulting) /* its rax is the program's */
        return OK;
    status = find_source(from, &source);
    if (status == OK)
        status = find_window(to, source.pages, &window);
    if (status == OK && overlap(&source, &window))
        status = E_WINDOW;
    if (status != OK)
        return status;

    /* ---- from here on nothing fails ---- */
    for (uint64_t i = 0; i < source.pages; i++)
        make_hole(entry_of(&source, i));
    if (clear_window(&window) && window.space != source.space)
        tlb_shootdown(window.space);
    tlb_shootdown(source.space);
    carry(&source, &window);
    trace(TRACE_MOVE, from->number, (unsigned)source.pages, moved_in(from, to),
          TRACE_PAIR(to->number, *number_of(&window, 0)));
    to->page->move = (struct page_range){window.address, window.pages};
    return OK;
}
