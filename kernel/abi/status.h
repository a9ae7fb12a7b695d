/*
 * The closed list of answers a system call can give.
 *
 * A status travels in the low 8 bits of rax. Zero is success. Values below STATUS_SERVER_FIRST are the
 * kernel's; servers answer with values from there on (servers/proto/error.h), so that a client keeps one int.
 *
 * Two groups matter to whoever repeats a failed call:
 *   not delivered    E_TIMEOUT, E_DEAD, E_REVOKED, E_WINDOW and every argument error: the server saw nothing
 *   outcome unknown  E_NO_ANSWER, E_SERVER_DIED: the server received the request and may have acted on it
 */
#pragma once

enum status {
    OK = 0,
    E_SYSCALL = 1,      /* no system call has this number */
    E_HANDLE = 2,       /* the handle names no capability: never valid, stale, or deleted */
    E_TYPE = 3,         /* the capability names another kind of object */
    E_RIGHTS = 4,       /* the capability lacks the right that the call needs */
    E_ARGUMENT = 5,     /* a number is out of range, misaligned, or a combination is not allowed */
    E_ADDRESS = 6,      /* user memory is not mapped, not accessible this way, or not user memory */
    E_QUOTA = 7,        /* the process that would pay has too little left of its quota */
    E_LIMIT = 8,        /* a fixed limit of the kernel is reached (capability table, thread table, vectors) */
    E_BUSY = 9,         /* the address range, the capability's one mapping, or the binding is in use */
    E_TIMEOUT = 10,     /* the deadline passed before delivery: the peer saw nothing */
    E_NO_ANSWER = 11,   /* the deadline passed after delivery: the outcome is unknown */
    E_SERVER_DIED = 12, /* the server died or its thread ended after delivery: the outcome is unknown */
    E_DEAD = 13,        /* the object was destroyed, before delivery */
    E_REVOKED = 14,     /* the capability went away while its sender was queued: not delivered */
    E_STALE = 15,       /* the token names no call that still waits for this process */
    E_LEASE = 16,       /* a leased range ended or faulted; the count tells how much was copied */
    E_WINDOW = 17,      /* the receiver offers no window for moved pages, or not such a one: not delivered */
    STATUS_SERVER_FIRST = 64,
};
