/*
 * The functions of a server's program, by name and by address, from the boot archive's symbols/NAME: a line for each,
 * its address in hexadecimal and its name, by address.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Loads a server's symbols in place of those loaded last. false: there are none. Context: one thread. */
bool symbols_load(const char *service);

/* The address of a function; false if the server has none of this name. */
bool symbols_find(const char *name, uint64_t *address);

/* The function that an address lies in: the last one that does not begin above it. *name is not zero-terminated; false
 * if there is none. */
bool symbols_at(uint64_t address, const char **name, int *length, uint64_t *offset);
