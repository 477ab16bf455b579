/* SPDX-License-Identifier: GPL-2.0 */
/* The only trace points here: those of the log, and of pages that are freed. */
#ifndef COMPAT_LINUX_TRACEPOINT_H
#define COMPAT_LINUX_TRACEPOINT_H
#include <linux/kernel.h>
#include "machine.h"
#include "platform.h"

struct tracepoint {
	const char *name;
	void **probe;
};

static inline void for_each_kernel_tracepoint(void (*look)(struct tracepoint *, void *), void *data)
{
	static struct tracepoint all[] = {
		{"console", (void **)&platform_on_line},
		{"mm_page_free", (void **)&machine_on_free},
	};

	look(&all[0], data);
	look(&all[1], data);
}

#define tracepoint_probe_register(tracepoint, function, data) (*(tracepoint)->probe = (function), 0)
#define tracepoint_probe_unregister(tracepoint, function, data) \
	((void)(*(tracepoint)->probe = NULL))
#define tracepoint_synchronize_unregister() ((void)0)
#endif
