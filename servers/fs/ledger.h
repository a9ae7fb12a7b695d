/*
 * The ledger: what this server has acknowledged and the disk does not hold durably yet, in Memory that outlives it.
 *
 * Before an operation that changed something is answered, a record is entered: who asked, the answer, and the bytes
 * that changed, of which blocks. A successor mounts the disk, which is as the last commit left it, and does all records
 * again in their order: then everything acknowledged is there. A commit of the journal makes the records superfluous,
 * and empties the ledger.
 *
 * The Memory may be cut off at any instruction, and a dying server may have written anything into its header; records
 * are locked (disk.h):
 *   - A record is written behind the others, and compared with what it is of; then one store of one word, `progress`,
 *     makes it count.
 *   - That word says how many bytes count, in which epoch (a new one begins with each emptying), and checks itself.
 *   - Every record carries its epoch and a checksum. The first that is wrong ends the ledger, and that is reported.
 *   - Doing records again does no harm, any number of times: they say what bytes become, not what is done to them. So
 * it does not matter whether a server died before a commit, after it, or in the middle of doing records again.
 *
 * Exactly once: a client whose server died sends its request again, with the same sequence number. This server serves
 * one request at a time, so at most one of its answers, the last, can be entered and not have reached its client. Its
 * successor puts that one aside, before it serves anybody, into `remembered`, where it stays for the client that
 * repeats; the client's next request has another number. A process or thread number is never used again.
 *
 * Typical: ledger_open; mount; ledger_redo; then for each request: ledger_remembers, or else the operation with
 * ledger_contents for each piece of a file's contents, and filesystem_answer() at its end.
 */
#pragma once
#include "cache.h"
#include "sum.h"

#define LEDGER_ANSWER_WORDS 3
#define LEDGER_REMEMBERED   256u
#define LEDGER_CONTENTS     (128u * 1024) /* bytes of files' contents that one change may have */

/* An answer, and who waits for it. */
struct answer {
    uint64_t sender;   /* process number << 32 | thread number; 0: nobody, an answer that no one will ask for again */
    uint64_t sequence; /* of the request */
    uint64_t badge;    /* of the capability that goes with it; 0: none */
    uint64_t words[LEDGER_ANSWER_WORDS];
    uint64_t word_count;
};

extern const struct answer no_answer;

struct ledger;

/*
 * Takes the Memory over, and checks what a predecessor left there: the header, and so many `bytes` for records, which
 * are written only through disk.h. Without it (NULL) nothing is entered. Call once.
 */
void ledger_open(struct ledger *header, const uint8_t *records, uint64_t bytes);

/* Whether a predecessor served the disk whose superblock was read, since the machine was switched on. */
bool ledger_is_inherited(void);

/* And then: whether the disk was clean when the first of them found it. */
bool ledger_was_clean(void);

/* With the disk just mounted: does all records again. An error of the disk; the ledger is as before then. */
int ledger_redo(void);

/* Whether it holds no record. */
bool ledger_is_empty(void);

/* Whether there is room for one more change, whatever it is. */
bool ledger_has_room(void);

/* In a change: these bytes of a file's block are new; the buffer holds them. */
void ledger_contents(struct buffer *buffer, uint32_t offset, uint32_t length);

/* The sum of ledger_hash() of all that was entered so far in this change. */
uint64_t ledger_contents_sum(void);

static inline uint64_t ledger_hash(uint32_t block, uint32_t offset, uint32_t length)
{
    return hash_number(block) * (offset * 8192ul + length);
}

/* In a change, at its end: what has become of a block that was as in `before`; a block that was freed. */
void ledger_metadata(const struct buffer *buffer, const uint8_t *before);
void ledger_freed(uint32_t block);

/* The change is complete: from here on it counts. Or it was undone. */
void ledger_enter(const struct answer *answer);
void ledger_cancel(void);

/* The disk holds everything durably: the ledger is empty. */
void ledger_committed(void);

/* What looked damaged to somebody, in words, the rest zero. */
#define FINDING 160u

/* Whether two predecessors found the same a few changes ago, or there is no ledger. Notes it for a successor. */
bool ledger_confirms(const char finding[FINDING]);

/* Whether this request was done before its answer got lost; *answer is what it was to be. */
bool ledger_remembers(uint64_t sender, uint64_t sequence, struct answer *answer);
