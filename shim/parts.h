/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the shim that the entry and the exit of this kernel module start and stop. */
#ifndef TDX_SHIM_PARTS_H
#define TDX_SHIM_PARTS_H

/* The directory in debugfs. Without debugfs there is none, and nothing else is lost. */
void tdx_debugfs_start(void);
void tdx_debugfs_stop(void);

/* How many pages an array of the self-test has: a parameter of this kernel module. */
unsigned int tdx_selftest_pages(void);

/* In between the core hears of CPUs and machines that go down. Returns 0 or a negative errno. */
int tdx_shutdown_start(void);
void tdx_shutdown_stop(void);

/* Frees the memory of ended arrays that debug kernels hold back. */
void tdx_memory_stop(void);

#endif
