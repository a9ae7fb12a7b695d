/*
 * Records in memory that outlives the process which writes them, cut off at any instruction.
 *
 * Each record has two copies, the same but while kept_store() writes first one and then the other. So one of them is
 * always whole, and a wild store that damages one afterwards takes nothing away. A checksum tells which can be trusted.
 * Whether what is in a good record makes sense is for its reader to judge: a damaged server may have stored it.
 *
 *     struct place { uint64_t space[KEPT_WORDS(struct state)]; } *place;     in kept Memory, zeros at first
 *     if (!kept_load(place, &state, sizeof(state))) ...start afresh...
 *     state.count++; kept_store(place, &state, &state, sizeof(state));
 *
 * Pure. The size of a record is a multiple of 8.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEPT_WORDS(type) (2 * (1 + sizeof(type) / sizeof(uint64_t)))

/* `again`: the same record, or a second one that was made independently. If they differ nothing is stored: false. */
bool kept_store(uint64_t *place, const void *record, const void *again, size_t size);

/* The record stored last; false, with *record as it was, if none was stored or both copies are damaged. */
bool kept_load(const uint64_t *place, void *record, size_t size);
