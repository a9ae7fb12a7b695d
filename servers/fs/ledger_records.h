/*
 * Records of the ledger, as a successor reads them: nothing in them is believed before it was checked.
 */
#pragma once
#include "ledger_format.h"

uint64_t record_sum(const struct record *record);

/* The good record behind `previous` (NULL: the first) within `bytes` of records of this epoch; NULL at their end. */
const struct record *record_next(const uint8_t *records, uint64_t bytes, uint64_t epoch, const struct record *previous);

/* Before a record of the change that is open counts: ends this server if its successor would not take it, or would not
 * make of the blocks what they are now. */
void record_confirm(const struct record *record);

/* Does it again, as a change. ERROR_DAMAGED: it names a block that is not there. ERROR_IO, ... */
int record_redo(const struct record *record);
