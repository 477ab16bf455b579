/* SPDX-License-Identifier: GPL-2.0 */
/* Probes on trace points of the kernel, also those that it does not export. */
#ifndef TDX_PAGE_ARRAY_PROBE_H
#define TDX_PAGE_ARRAY_PROBE_H

#include <linux/errno.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

struct probe {
	const char *name;
	void *function; /* void (*)(void *unused, arguments of the trace point) */
	struct tracepoint *tracepoint;
};

static inline void probe_look_for(struct tracepoint *tracepoint, void *data)
{
	struct probe *probe = data;

	if (!strcmp(tracepoint->name, probe->name))
		probe->tracepoint = tracepoint;
}

static inline int probe_attach(struct probe *probe)
{
	for_each_kernel_tracepoint(probe_look_for, probe);
	if (!probe->tracepoint)
		return -ENOENT;
	return tracepoint_probe_register(probe->tracepoint, probe->function, NULL);
}

static inline void probe_detach(struct probe *probe)
{
	tracepoint_probe_unregister(probe->tracepoint, probe->function, NULL);
	tracepoint_synchronize_unregister();
}

#endif
