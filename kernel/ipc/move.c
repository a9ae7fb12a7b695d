/*
 * Page moves: frames that leave one address space with a message and appear in another, with no copy.
 *
 * A range of pages is found by its first page-table entry, which names the capability that mapped it (mm/space.h): that
 * capability's mapping must cover the range, and its Memory be movable. Such Memory has one capability and so one
 * mapping, and the two places that know a frame are the entry and the Memory's list of frame numbers.
 *
 *   1. everything is checked, on both sides
 *   2. the entries at the sender become holes, and those in the window, whose frames are freed
 *   3. shootdown: nobody can reach any of the frames any more
 *   4. the frames' numbers go from list to list, and the frames into the window's entries: now they can be seen
 *
 * All of it is one step with the kernel lock held. Nothing can fail after 1, and nothing needs memory: the tables and
 * lists of both sides exist since the pages were mapped.
 */
#include "kernel/base/check.h"
#include "kernel/base/memory.h"
#include "kernel/base/trace.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/tlb.h"

/* Where pages leave or land: pages inside one mapping of movable Memory. */
struct place {
    struct space *space;
    struct memory *memory;
    uint64_t address, pages;
    uint64_t first; /* page of the Memory */
    entry_t *entry; /* of the first page */
};

/* Pages of a move whose entries lie in one table on each side, and their numbers in one list. */
struct run {
    entry_t *from, *to;
    uint32_t *from_number, *to_number;
    uint64_t pages;
};
#define MOST_RUNS 5 /* four tables and lists, each of which ends at most once */
_Static_assert(MESSAGE_MOVE_PAGES <= TABLE_ENTRIES && MESSAGE_MOVE_PAGES <= LIST_FRAMES, "it ends at most once");

/* What a move's entries have in common, and what the check found. */
struct bits {
    entry_t from, to; /* what all entries of a side have */
    entry_t to_any;   /* what any entry of the window has */
};

/* ---- finding the pages ---- */

/* What a message page says; the user's other threads may write there, so it is read once. */
static inline struct page_range read_range(const volatile struct page_range *range)
{
    return (struct page_range){range->address, range->pages};
}

/* E_ARGUMENT: alignment, no pages, or not inside one mapping; E_TYPE: not movable; E_DEAD. */
static inline int find_place(struct process *process, struct page_range range, struct place *place)
{
    const struct slot *slot;
    uint64_t offset;

    if (range.address % PAGE_SIZE || !range.pages)
        return E_ARGUMENT;
    place->space = &process->space;
    place->address = range.address;
    place->pages = range.pages;
    place->entry = space_entry(place->space, range.address);
    if (!place->entry || !*place->entry)
        return E_ARGUMENT;
    /* The entry of a message page has no owner: it says slot 0, which does not map it. */
    slot = slot_at(&process->table, entry_owner(*place->entry));
    offset = (range.address - slot->mapping.address) / PAGE_SIZE; /* huge if it lies before the mapping */
    if (offset >= slot->mapping.pages || range.pages > slot->mapping.pages - offset)
        return E_ARGUMENT;
    place->memory = memory_of(slot->object);
    place->first = slot->mapping.first + offset;
    if (!place->memory->movable)
        return E_TYPE;
    return object_is_dead(slot->object) ? E_DEAD : OK;
}

static inline int find_source(const struct thread *sender, struct place *source)
{
    struct page_range range = read_range(&sender->page->move);

    return range.pages > MESSAGE_MOVE_PAGES ? E_ARGUMENT : find_place(sender->process, range, source);
}

/* Room for these pages. E_WINDOW. */
static inline int find_window(const struct thread *receiver, uint64_t pages, struct place *window)
{
    struct page_range range = read_range(&receiver->page->window);

    if (receiver->faulting || !(receiver->frame.rax & SHAPE_WINDOW) || range.pages < pages ||
        find_place(receiver->process, range, window) != OK)
        return E_WINDOW;
    window->pages = pages;
    return OK;
}

static inline bool overlap(const struct place *a, const struct place *b)
{
    return a->space == b->space && a->address < b->address + b->pages * PAGE_SIZE &&
           b->address < a->address + a->pages * PAGE_SIZE;
}

/* The sender's pages are there and writable. E_ADDRESS, E_RIGHTS. */
static inline int check_source(entry_t bits)
{
    if (!(bits & PAGE_PRESENT))
        return E_ADDRESS;
    return bits & PAGE_WRITE ? OK : E_RIGHTS;
}

int move_check(const struct thread *sender)
{
    entry_t bits = PAGE_PRESENT | PAGE_WRITE;
    struct place source;
    int status;

    if (sender->faulting || !(sender->frame.rax & SHAPE_MOVE)) /* a fault's rax is the program's */
        return OK;
    status = find_source(sender, &source);
    for (uint64_t page = 0; status == OK && page < source.pages; page++)
        bits &= *space_entry(source.space, source.address + page * PAGE_SIZE);
    return status == OK ? check_source(bits) : status;
}

/* ---- runs ---- */

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The first run; it may go too far. */
static inline struct run first_run(const struct place *from, const struct place *to)
{
    return (struct run){.from = from->entry,
                        .to = to->entry,
                        .from_number = memory_number(from->memory, from->first),
                        .to_number = memory_number(to->memory, to->first),
                        .pages = from->pages};
}

/* Cuts the whole move into runs; returns the end of them. */
static struct run *cut(const struct place *from, const struct place *to, struct run *run)
{
    *run = first_run(from, to);
    for (uint64_t left = from->pages;;) {
        run->pages = least(left, least(entries_left(run->from), entries_left(run->to)));
        run->pages = least(run->pages, least(numbers_left(run->from_number), numbers_left(run->to_number)));
        left -= run++->pages;
        if (!left)
            return run;
        run->from = space_entry(from->space, from->address + (from->pages - left) * PAGE_SIZE);
        run->to = space_entry(to->space, to->address + (from->pages - left) * PAGE_SIZE);
        run->from_number = memory_number(from->memory, from->first + from->pages - left);
        run->to_number = memory_number(to->memory, to->first + from->pages - left);
    }
}

static inline void look(const struct run *run, struct bits *bits)
{
#pragma GCC unroll 8
    for (uint64_t i = 0; i < run->pages; i++) {
        bits->from &= run->from[i];
        bits->to &= run->to[i];
        bits->to_any |= run->to[i];
    }
}

/* E_WINDOW, and the statuses of check_source(). */
static inline int check(const struct bits *bits)
{
    int status = check_source(bits->from);

    return status == OK && !(bits->to & PAGE_WRITE) ? E_WINDOW : status;
}

/* An entry with these bits, but no frame. */
static inline entry_t hole(entry_t bits)
{
    return bits & ~(PAGE_ADDRESS | PAGE_PRESENT);
}

/* Frees what is in the window. */
static __attribute__((noinline)) void clear_window(struct run run, entry_t bits, struct memory *memory)
{
    for (uint64_t i = 0; i < run.pages; i++) {
        if (!run.to_number[i])
            continue;
        page_free(phys_to_virt((phys_t)run.to_number[i] * PAGE_SIZE));
        run.to_number[i] = 0;
        memory->present--;
    }
    memory_fill(run.to, hole(bits), run.pages);
}

static inline void make_holes(const struct run *run, const struct bits *bits, struct memory *to)
{
    memory_fill(run->from, hole(bits->from), run->pages);
    if (bits->to_any & PAGE_PRESENT)
        clear_window(*run, bits->to, to);
}

static inline void carry(const struct run *run, entry_t bits)
{
#pragma GCC unroll 8
    for (uint64_t i = 0; i < run->pages; i++) {
        uint32_t number = run->from_number[i];

        run->from_number[i] = 0;
        run->to_number[i] = number;
        run->to[i] = bits | (phys_t)number * PAGE_SIZE;
    }
}

/* ---- the whole ---- */

/* One shootdown for each address space. */
static inline void shoot_down(const struct place *from, const struct place *to, bool replaced)
{
    if (replaced && to->space == from->space) {
        tlb_shootdown(from->space, 0, USER_END / PAGE_SIZE);
        return;
    }
    tlb_shootdown(from->space, from->address, from->pages);
    if (replaced)
        tlb_shootdown(to->space, to->address, to->pages);
}

/* Inlined, so that of a single page no loop is left. */
static inline __attribute__((always_inline)) int move_runs(const struct place *from, const struct place *to,
                                                           const struct run *runs, const struct run *end)
{
    struct bits bits = {~0ul, ~0ul, 0};
    const struct run *run;
    int status;

    for (run = runs; run < end; run++)
        look(run, &bits);
    status = check(&bits);
    if (status != OK)
        return status;

    /* ---- from here on nothing fails ---- */
    for (run = runs; run < end; run++)
        make_holes(run, &bits, to->memory);
    shoot_down(from, to, bits.to_any & PAGE_PRESENT);
    for (run = runs; run < end; run++)
        carry(run, hole(bits.to) | PAGE_PRESENT);
    from->memory->present -= from->pages;
    to->memory->present += from->pages;
    return OK;
}

static inline int move_one_page(const struct place *from, const struct place *to)
{
    struct run run = first_run(from, to);

    return move_runs(from, to, &run, &run + 1);
}

/* Takes copies, so that for a single page nothing need lie in memory. */
static __attribute__((noinline)) int move_several_pages(struct place from, struct place to)
{
    struct run runs[MOST_RUNS], *end = cut(&from, &to, runs);

    return move_runs(&from, &to, runs, end);
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
    struct place source, window;
    int status;

    if (from->faulting) /* its rax is the program's */
        return OK;
    status = find_source(from, &source);
    if (status != OK)
        return status;
    if (find_window(to, source.pages, &window) != OK || overlap(&source, &window)) {
        status = move_check(from); /* what is wrong with the source is told first */
        return status == OK ? E_WINDOW : status;
    }
    status = source.pages == 1 ? move_one_page(&source, &window) : move_several_pages(source, window);
    if (status != OK)
        return status;
    trace(TRACE_MOVE, from->number, (unsigned)source.pages, moved_in(from, to),
          TRACE_PAIR(to->number, *memory_number(window.memory, window.first)));
    to->page->move = (struct page_range){window.address, window.pages};
    return OK;
}
