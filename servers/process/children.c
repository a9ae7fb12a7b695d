#include "servers/process/children.h"
#include "servers/proto/error.h"
#include "user/lib/ipc.h"
#include <string.h>

static struct child children[CHILDREN];
static uint32_t last_number;

struct child *children_find(uint32_t number)
{
    for (unsigned i = 0; number != 0 && i < CHILDREN; i++) {
        if (children[i].number == number)
            return &children[i];
    }
    return NULL;
}

const struct child *children_at(unsigned index)
{
    return index < CHILDREN ? &children[index] : NULL;
}

/* The next number; after four thousand million programs it starts again and passes over those in use. */
static uint32_t new_number(void)
{
    do
        last_number++;
    while (last_number == 0 || children_find(last_number) != NULL);
    return last_number;
}

struct child *children_add(uint32_t parent, const char *name)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct child *child = &children[i];
        if (child->number != 0)
            continue;
        *child = (struct child){.parent = parent, .state = STATE_RUNNING};
        strlcpy(child->name, name, sizeof(child->name));
        child->number = new_number();
        return child;
    }
    return NULL;
}

void children_remove(struct child *child)
{
    child->number = 0; /* the parent's capability stays: from now on it names nobody */
}

/* Answers a PROCESS_WAIT. False if the caller waits no longer: it died, or its deadline passed. */
static bool answer_wait(const struct child *child, uint64_t token)
{
    struct message answer = message(OK);
    answer.token = token;
    answer.word_count = 2;
    answer.words[0] = child->end;
    answer.words[1] = child->value;
    return ipc_reply(&answer) == OK;
}

/* The children of an ended program: nobody will ask for their status any more. */
static void make_orphans(uint32_t parent)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct child *child = &children[i];
        if (child->number == 0 || child->parent != parent)
            continue;
        child->parent = 0;
        child->orphan = true;
        if (child->state == STATE_ENDED)
            children_remove(child);
    }
}

void child_end(struct child *child, enum process_end end, uint32_t value)
{
    sys_cap_delete(SELF, child->process);
    child->process = 0;
    child->state = STATE_ENDED;
    child->end = end;
    child->value = value;
    make_orphans(child->number);
    bool told = child->waiter != 0 && answer_wait(child, child->waiter);
    child->waiter = 0;
    if (told || child->orphan)
        children_remove(child);
}

void child_wait(struct child *child, uint64_t token)
{
    if (child->state == STATE_ENDED) {
        if (answer_wait(child, token))
            children_remove(child);
        return;
    }
    if (child->waiter != 0) {
        struct message answer = message(ERROR_INTERRUPTED);
        answer.token = child->waiter;
        ipc_reply(&answer); /* fails if that caller gave up, which is why there is a new one */
    }
    child->waiter = token;
}
