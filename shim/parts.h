/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the shim that the entry and the exit of this kernel module start and stop. */
#ifndef TDX_SHIM_PARTS_H
#define TDX_SHIM_PARTS_H

#include <linux/types.h>

/* The directory in debugfs. Without debugfs there is none, and nothing else is lost. */
void tdx_debugfs_start(void);
void tdx_debugfs_stop(void);

/* How many pages an array of the self-test has: a parameter of this kernel module. */
unsigned int tdx_selftest_pages(void);

/*
 * Between these two calls, a CPU that goes offline and a machine that goes down issue no more SEAMCALLs and leave no private
 * lines in caches. Returns 0 or a negative errno.
 */
int tdx_shutdown_start(void);
void tdx_shutdown_stop(void);

/* Writes back the caches of the calling CPU, which issues no SEAMCALL meanwhile. */
void tdx_write_back_this_cpu(void *unused);

/* Writes back the caches of all CPUs that may hold private lines: a later write-back would corrupt what uses the memory then. */
void tdx_write_back_private_lines(void);

/* Once this returns, no SEAMCALL is issued or under way on any CPU; calls get @answer instead. */
void tdx_seamcall_close(u64 answer);

/* What calls get on this CPU instead of a SEAMCALL (0: they issue it) changes to @to if it is @from. */
void tdx_seamcall_change_cpu(u64 from, u64 to);

/* True if private lines may be in the caches of @cpu; false once the calling CPU has written its caches back. */
bool tdx_seamcall_left_private_lines(int cpu);
void tdx_seamcall_forget_private_lines(void);

/* Once this returns, the quarantine is not retried any more, unless a page is added to it. */
void tdx_retry_stop(void);

/* Forgets which pages are adopted. */
void tdx_pages_stop(void);

/* Frees the memory of ended arrays that debug kernels hold back. */
void tdx_memory_stop(void);

#endif
