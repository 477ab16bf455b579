// SPDX-License-Identifier: GPL-2.0
/* The test module: all suites run when it is loaded. Each file here is one suite. */
#include <linux/module.h>

#include "../import.h"

IMPORT(TDX_PAGE_ARRAY);
IMPORT(TDX_PAGE_ARRAY_KVM);
MODULE_DESCRIPTION("KUnit suites of tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
