/*
 * Software faults, made on purpose in a running server (struct injection of servers/proto/init.h).
 *
 * inject_arm() puts a breakpoint where the fault shall happen. When the server comes there, its fault message is what
 * inject_happen() works on, if inject_is_due(): it takes the breakpoint out, makes the change, and lets the server go
 * on, which then executes or reads what was changed. So a fault that never happened is never taken for one that did no
 * harm. Context: init's main thread only.
 */
#pragma once
#include "servers/proto/init.h"
#include "user/lib/ipc.h"
#include "user/lib/loader.h"
#include <stdbool.h>

/* The program that a fault is made in, and the fault. */
struct injected {
    handle_t process;
    struct program_code code;
    struct injection injection;
    uint8_t original; /* the byte that the breakpoint took the place of */
};

/* Takes the addresses through which code is changed. Call once. */
void inject_open(void);

/* Arms. ERROR_MALFORMED: no code of this program; else a kernel status. */
int inject_arm(struct injected *injected);

/* Takes the breakpoint out again: it never happened. */
void inject_disarm(const struct injected *injected);

/* Is the fault message, just received, this one's breakpoint? */
bool inject_is_due(const struct injected *injected, const struct message *fault);

/* Then: makes the change and lets the thread go on. */
void inject_happen(const struct injected *injected, const struct message *fault);
