/*
 * The ledger's Memory in this process: the header can be written, the records behind it only where they are unlocked
 * (disk.h). Each of these is a mapping of its own, so a capability of its own.
 */
#pragma once
#include "user/lib/syscall.h"
#include <stdbool.h>

#define LEDGER_PAGES 1024ul /* of the memory named "ledger" in the manifest */

/* Maps header and records. False if that fails. */
bool records_map(handle_t memory, void **header, const uint8_t **records);
