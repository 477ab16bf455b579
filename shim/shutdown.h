/* SPDX-License-Identifier: GPL-2.0 */
/* Between the entry and the exit of this kernel module the core hears of CPUs and machines that go down. */
#ifndef TDX_SHIM_SHUTDOWN_H
#define TDX_SHIM_SHUTDOWN_H

/* Returns 0 or a negative errno. */
int tdx_shutdown_start(void);
void tdx_shutdown_stop(void);

#endif
