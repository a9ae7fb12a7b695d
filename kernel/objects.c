/*
 * The kinds of object: what each adds to the common life cycle (base/object.h).
 */
#include "kernel/ipc/device.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/process.h"

const struct object_kind object_kinds[OBJECT_TYPES] = {
    [OBJECT_PROCESS] = {"process", process_charge, process_destroy_step, 0},
    [OBJECT_THREAD] = {"thread", thread_charge, thread_destroy_step, 0},
    [OBJECT_ENDPOINT] = {"endpoint", one_frame_charge, endpoint_destroy_step, endpoint_post_event},
    [OBJECT_NOTIFICATION] = {"notification", one_frame_charge, notification_destroy_step, 0},
    [OBJECT_MEMORY] = {"memory", memory_charge, memory_destroy_step, 0},
    [OBJECT_IRQ] = {"irq", one_frame_charge, irq_destroy_step, 0},
    [OBJECT_IOPORTS] = {"ioports", one_frame_charge, ioports_destroy_step, 0},
};
