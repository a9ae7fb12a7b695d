/*
 * The file server's insides as a program for the host: reads commands, one a line, and prints one line for each:
 * a status (the number of servers/proto/error.h), then what the command found out.
 *
 *   fs_tool IMAGE CACHE_BYTES [--record FILE] [--ledger] [--deaths LEVELS] [--save FOLDER] < commands
 *
 * Words are separated by a space; bytes in paths that are no letters or digits are written %xx. Paths start at the
 * root. What is written is a pattern made of a seed, which the test can make, too. The first line tells the mount's
 * status and whether it is read-only.
 *
 * --record: what reaches the disk is recorded (disk_file.h). --ledger: there is a ledger, and commands are numbered
 * requests of three clients. --deaths: the server dies at every step (death.h), and what its successors make of the
 * rest of the commands is printed, too, between lines "death STEP COMMAND" and "end"; the image stays as it was.
 * --save: of some of these disks the folder gets a copy, when all is done.
 */
#pragma once
#include <stdint.h>

/* The server ends itself; with a ledger its successor goes on with the same command, behind "again" and a first line.
 * Without one, the program ends with status 4. */
_Noreturn void tool_succeed(void);

/* Runs a command, and prints its answer. `request`: its number, from 1, if a ledger is to know it; else 0. */
void tool_run(char *line, uint64_t request);
