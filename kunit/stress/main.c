// SPDX-License-Identifier: GPL-2.0
/* The stress test: many threads on all CPUs use the module concurrently. */
#include <linux/module.h>

#include "../import.h"
#include "stress.h"

kunit_test_suites(&stress_lifecycles_suite, &stress_handles_suite);

MODULE_DESCRIPTION("Many threads in tdx_page_array at once");
