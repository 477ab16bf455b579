/* SPDX-License-Identifier: GPL-2.0 */
/* Probes on trace points of the kernel, also those that it does not export; gone with the test. */
#ifndef TDX_PAGE_ARRAY_PROBE_H
#define TDX_PAGE_ARRAY_PROBE_H

#include <kunit/resource.h>
#include <kunit/test.h>
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

static inline void probe_detach(void *data)
{
	struct probe *probe = data;

	tracepoint_probe_unregister(probe->tracepoint, probe->function, NULL);
	tracepoint_synchronize_unregister();
}

/* @function is called at the trace point @name until the test ends. */
static inline void attach_probe(struct kunit *test, const char *name, void *function)
{
	struct probe *probe = kunit_kzalloc(test, sizeof(*probe), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, probe);
	probe->name = name;
	probe->function = function;
	for_each_kernel_tracepoint(probe_look_for, probe);
	KUNIT_ASSERT_NOT_NULL(test, probe->tracepoint);
	KUNIT_ASSERT_EQ(test, tracepoint_probe_register(probe->tracepoint, function, NULL), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, probe_detach, probe), 0);
}

#endif
