/*
 * What servers answer, in the label of a reply: OK (0), or one of these. They start where the kernel's status codes
 * end (kernel/abi/status.h), so one int holds either; status_text() of user/lib names both.
 */
#pragma once
#include "kernel/abi/status.h"

enum server_error {
    ERROR_OPERATION = STATUS_SERVER_FIRST, /* this server has no such operation */
    ERROR_MALFORMED,                       /* words, leases or capabilities do not fit the operation */
    ERROR_NOT_FOUND,
    ERROR_EXISTS,
    ERROR_NOT_DIRECTORY,
    ERROR_IS_DIRECTORY,
    ERROR_NOT_EMPTY,
    ERROR_NO_SPACE, /* disk full */
    ERROR_TOO_BIG,  /* file or argument larger than the format allows */
    ERROR_NAME_TOO_LONG,
    ERROR_LOOP,          /* too many symbolic links, or a folder moved into itself */
    ERROR_READ_ONLY,     /* file system mounted read-only */
    ERROR_PERMISSION,    /* the badge does not carry this right */
    ERROR_IO,            /* the device failed */
    ERROR_DAMAGED,       /* the disk's structures contradict each other */
    ERROR_NO_DEVICE,     /* no disk, or nothing mounted on it */
    ERROR_NOT_SUPPORTED, /* a format or feature this server does not know */
    ERROR_NOT_PROGRAM,   /* not an ELF executable for this machine */
    ERROR_NO_MEMORY,     /* does not fit in memory or quota */
    ERROR_NO_CHILD,      /* no such process or server */
    ERROR_INTERRUPTED,   /* Ctrl-C */
    ERROR_STALE,         /* the file behind this handle is gone */
    ERROR_LINKS,         /* too many hard links */
    ERROR_CROSS_DEVICE,  /* both names must be on one file system */
    ERROR_BROKEN_PIPE,   /* nobody reads */
    SERVER_ERROR_END,
};
