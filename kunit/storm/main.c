// SPDX-License-Identifier: GPL-2.0
/* The storm: many threads on all CPUs in the module at once. */
#include <linux/module.h>
#include <linux/version.h>

#include "storm.h"

kunit_test_suites(&storm_lives_suite, &storm_handles_suite);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("Many threads in tdx_page_array at once");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
