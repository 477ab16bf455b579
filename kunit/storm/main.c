// SPDX-License-Identifier: GPL-2.0
/* The storm: many threads on all CPUs use the module concurrently. */
#include <linux/module.h>

#include "../import.h"
#include "storm.h"

kunit_test_suites(&storm_lives_suite, &storm_handles_suite);

IMPORT(TDX_PAGE_ARRAY);
MODULE_DESCRIPTION("Many threads in tdx_page_array at once");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
