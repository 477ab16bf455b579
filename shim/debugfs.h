/* SPDX-License-Identifier: GPL-2.0 */
/* The directory of this kernel module in debugfs. Without debugfs there is none, and nothing else is lost. */
#ifndef TDX_SHIM_DEBUGFS_H
#define TDX_SHIM_DEBUGFS_H

void tdx_debugfs_start(void);
void tdx_debugfs_stop(void);

/* How many pages an array of the self-test has: a parameter of this kernel module. */
unsigned int tdx_selftest_pages(void);

#endif
