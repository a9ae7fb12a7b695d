/*
 * The measured loops (loops.asm).
 */
#pragma once
#include "kernel/abi/message.h"
#include "kernel/abi/syscall.h"
#include <stddef.h>
#include <stdint.h>

struct loop {
    handle_t handle; /* endpoint, or the notification that is signalled */
    uint64_t shape;  /* rax of the message calls; out: the last answer's */
    uint64_t deadline;
    uint64_t count; /* rounds; 0 afterwards */
    uint64_t other; /* the notification that is waited for */
    uint64_t words[MESSAGE_REGISTER_WORDS];
};
_Static_assert(offsetof(struct loop, shape) == 8 && offsetof(struct loop, deadline) == 16 &&
                   offsetof(struct loop, count) == 24 && offsetof(struct loop, other) == 32 &&
                   offsetof(struct loop, words) == 40,
               "loops.asm has these numbers");
_Static_assert(SYS_RECV == 2 && SYS_CALL == 3 && SYS_REPLY == 4 && SYS_REPLY_RECV == 5 && SYS_LEASE_READ == 6 &&
                   SHAPE_WINDOW == 1 << 22 && SYS_SIGNAL == 8 && SYS_WAIT == 9 && SYS_IRQ_ACKNOWLEDGE == 34 &&
                   SYS_PROTECT == 31 && SYS_CLOCK == 39,
               "loops.asm has these numbers");

/* What a spinning thread notes, once a turn. */
struct spin {
    uint32_t count, turns;
};
enum { SPIN_TURN = 5, SPIN_TO_NOTE = 1, SPIN_FROM_NOTE = 3 }; /* instructions; before and after it notes the count */

/* Make `count` rounds and return. */
void loop_null(struct loop *loop);
void loop_call(struct loop *loop);
void loop_call_in_turns(struct loop *loop);
void loop_serve(struct loop *loop);
void loop_signal_wait(struct loop *loop);
void loop_resume(struct loop *loop);
/* Once. */
void loop_interrupt(struct loop *loop);
void loop_protect(struct loop *loop);

/* Their partners, which never return. */
_Noreturn void loop_echo(const struct loop *loop);
_Noreturn void loop_look(struct loop *loop);
_Noreturn void loop_take_copy(const struct loop *loop);
_Noreturn void loop_receive_reply(const struct loop *loop);
_Noreturn void loop_wait_signal(const struct loop *loop);
_Noreturn void loop_driver(const struct loop *loop);
_Noreturn void loop_fault(const void *nowhere);
_Noreturn void loop_spin(volatile struct spin *spin);
