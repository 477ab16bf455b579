/* SPDX-License-Identifier: GPL-2.0 */
/* A probe on a tracepoint, removed at the end of the test. */
#ifndef TDX_PAGE_ARRAY_SUITES_PROBE_H
#define TDX_PAGE_ARRAY_SUITES_PROBE_H

#include <kunit/resource.h>
#include <kunit/test.h>

#include "../probe.h"

static inline void end_probe(void *probe)
{
	probe_detach(probe);
}

static inline void attach_probe(struct kunit *test, struct probe *probe)
{
	KUNIT_ASSERT_EQ(test, probe_attach(probe), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_probe, probe), 0);
}

#endif
