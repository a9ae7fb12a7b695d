/*
 * How stdio takes part in exit() without every program having to link it.
 */
#pragma once

/* Set by stdio when a stream is first written; flushes all. Its status not being OK turns exit status 0 into 1. */
extern int (*exit_flush)(void);
