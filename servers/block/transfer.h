/*
 * Transfers: what one chain in the virtqueue asks of the disk, and the memory shared with the device.
 *
 * The server's own DMA Memory holds, at fixed places, the virtqueue, a header and a status byte for each transfer, and
 * one bounce buffer for clients that share no memory of their own.
 * Typical: transfer_open; transfer_start while transfer_room() allows; transfer_notify; after an interrupt
 * transfer_finish until nothing is finished.
 */
#pragma once
#include "servers/block/order.h"
#include "servers/block/virtio.h"

#define TRANSFERS       32u /* under way at a time */
#define BOUNCE_SIZE     (32ul * 1024)
#define TRANSFER_PIECES 20u /* in one transfer */

/* Maps the DMA Memory and finds the disk. OK, or ERROR_NO_DEVICE or ERROR_NO_MEMORY: then nothing else may be called.
 */
int transfer_open(handle_t pci, handle_t dma, handle_t notification);

/* The clients' memory: besides this server's own, the device is led nowhere else. Replaces the last. */
void transfer_allow(uint64_t physical, uint64_t bytes);
bool transfer_allows(uint64_t physical, uint64_t bytes);

/* Resets the device and starts it again: all transfers under way are forgotten. ERROR_NO_DEVICE as before. */
int transfer_reset(void);

/* How many pieces a transfer started now may have; 0: none can be started. */
unsigned transfer_room(void);

/* Starts a transfer at `sector`; 0 pieces for a flush. `cookie` comes back with its end. Needs transfer_room(). */
void transfer_start(enum transfer_kind kind, uint64_t sector, const struct transfer_piece *pieces, unsigned count,
                    unsigned cookie);

/* Tells the device about the transfers started since the last time. */
void transfer_notify(void);

/* Takes the next finished transfer: its cookie, and whether the device succeeded. Whatever else than yes or no stands
 * where the device answers ends the server: the transfer is asked for again then. */
enum virtqueue_result transfer_finish(unsigned *cookie, bool *succeeded);

/* How many transfers are under way? */
unsigned transfer_count(void);

/* The device: its size and abilities, and its health. */
struct virtio *transfer_device(void);

/* The bounce buffer, for us and for the device. */
void *transfer_bounce(void);
uint64_t transfer_bounce_physical(void);
