/*
 * The first process.
 */
#pragma once

/* Makes init of the first program in the boot archive and gives it everything there is: all frames as its quota, and
 * the root capabilities that struct bootinfo lists. Panics if there is no init that can run. */
void bootstrap(void);
