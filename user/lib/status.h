/*
 * Plain words for everything that can go wrong.
 */
#pragma once
#include "servers/proto/error.h"

/*
 * Names a kernel status (kernel/abi/status.h) or a server error (servers/proto/error.h) in words, such as "no such file
 * or folder". Accepts the value itself or its negative, as the functions of file.h return it. Never 0.
 */
const char *status_text(int status);

/* Names an x86 exception, such as "page fault" for 14. Never 0. */
const char *fault_text(unsigned vector);
