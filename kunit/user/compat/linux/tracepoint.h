/* SPDX-License-Identifier: GPL-2.0 */
/* The only trace point here: that of the log. */
#ifndef COMPAT_LINUX_TRACEPOINT_H
#define COMPAT_LINUX_TRACEPOINT_H
#include <linux/kernel.h>
#include "platform.h"

struct tracepoint {
	const char *name;
};

static inline void for_each_kernel_tracepoint(void (*look)(struct tracepoint *, void *), void *data)
{
	static struct tracepoint console = {.name = "console"};

	look(&console, data);
}

#define tracepoint_probe_register(tracepoint, probe, data)   (platform_on_line = (probe), 0)
#define tracepoint_probe_unregister(tracepoint, probe, data) ((void)(platform_on_line = NULL))
#define tracepoint_synchronize_unregister()		     ((void)0)
#endif
