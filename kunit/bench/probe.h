/* SPDX-License-Identifier: GPL-2.0 */
/* Probes on trace points of the kernel, also those that it does not export. */
#ifndef TDX_PAGE_ARRAY_BENCH_PROBE_H
#define TDX_PAGE_ARRAY_BENCH_PROBE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

struct bench_probe {
	const char *name;
	void *function; /* void (*)(void *unused, arguments of the trace point) */
	struct tracepoint *tracepoint;
};

static inline void bench_probe_look_for(struct tracepoint *tracepoint, void *data)
{
	struct bench_probe *probe = data;

	if (!strcmp(tracepoint->name, probe->name))
		probe->tracepoint = tracepoint;
}

static inline int bench_probe_attach(struct bench_probe *probe)
{
	for_each_kernel_tracepoint(bench_probe_look_for, probe);
	if (!probe->tracepoint)
		return -ENOENT;
	return tracepoint_probe_register(probe->tracepoint, probe->function, NULL);
}

static inline void bench_probe_detach(struct bench_probe *probe)
{
	tracepoint_probe_unregister(probe->tracepoint, probe->function, NULL);
	tracepoint_synchronize_unregister();
}

#endif
