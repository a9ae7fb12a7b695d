/*
 * A device that interrupts when it is told to: QEMU's teaching device `edu`, with one message-signalled interrupt.
 */
#pragma once
#include "kernel/abi/rights.h"
#include <stdint.h>

/* Writing a number here makes the device interrupt. Demands that there is such a device; its interrupts go to `irq`. */
volatile uint32_t *device_open(handle_t *irq);
