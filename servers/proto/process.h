/*
 * Starting programs and waiting for them.
 *
 * The capability that SPAWN answers with names the child (badge = its number). Deleting it changes nothing; the
 * child's status is kept until somebody waited for it or the parent is gone.
 * WAIT, LIST and KILL may be repeated; a repeated KILL may find nobody any more. SPAWN carries a sequence number in
 * word 7, counted by the client thread from 1: repeated with the same number it starts nothing a second time. Programs
 * outlive the server that started them, and its successor knows them.
 */
#pragma once

#define PROCESS_BLOCK     65536 /* bytes of path, folder and arguments, zeros included */
#define PROCESS_ARGUMENTS 8192
#define PROCESS_NAME      32

enum process_operation {
    /* words: argument count, block length, [7] sequence; lease 0 (read): path, working folder, then the arguments
     * (the first is the program's own name), each zero-terminated; up to four capabilities: input, output, error,
     * and the debug capability (words[2..5]: 0 = absent). Answer: capability of the child; word 0: its number */
    PROCESS_SPAWN = 0x500,
    /* on a child's capability: answers when it has ended. words: enum process_end, exit status or fault vector */
    PROCESS_WAIT = 0x501,
    /* on a child's capability; or words: a number, where the badge allows (0: the caller's own capability) */
    PROCESS_KILL = 0x502,
    /* words: length; lease 0 (write): struct process_record array. Answer: count */
    PROCESS_LIST = 0x503,
};

enum process_end { END_EXITED = 0, END_FAULTED = 1, END_KILLED = 2 };

enum process_state { STATE_RUNNING = 0, STATE_ENDED = 1, STATE_STARTING = 2 };

struct process_record {
    unsigned number, parent; /* 0: started by the system */
    unsigned state;          /* enum process_state */
    unsigned threads;
    unsigned long memory; /* bytes charged */
    unsigned long time;   /* nanoseconds of CPU */
    char name[PROCESS_NAME];
};
