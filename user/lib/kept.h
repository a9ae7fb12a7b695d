/*
 * Records in memory that outlives the process which writes them, cut off at any instruction.
 *
 * Each record has two places. kept_store() writes the older one and makes it the newer with its last store; until then
 * the record is what it was. A checksum tells a successor which of the two it can trust.
 *
 *     struct place { uint64_t space[KEPT_WORDS(struct state)]; } *place;     in kept Memory, zeros at first
 *     if (!kept_load(place, &state, sizeof(state))) ...start afresh...
 *     state.count++; kept_store(place, &state, sizeof(state));
 *
 * Pure. The size of a record is a multiple of 8.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEPT_WORDS(type) (2 * (2 + sizeof(type) / sizeof(uint64_t)))

void kept_store(uint64_t *place, const void *record, size_t size);

/* The record stored last; false, with *record as it was, if none was stored or it is damaged. */
bool kept_load(const uint64_t *place, void *record, size_t size);
