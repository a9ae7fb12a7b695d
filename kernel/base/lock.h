/*
 * The one kernel lock: a fair ticket lock, taken in the entry path and released in the exit path, nowhere else but in
 * the idle loop. Everything in the kernel that is not percpu is protected by it.
 */
#pragma once

void kernel_lock(void);   /* spins, answering shootdown requests meanwhile */
void kernel_unlock(void);
