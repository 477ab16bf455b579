// SPDX-License-Identifier: GPL-2.0
/* The lifecycles as a module: for the fault matrix, and for the stress test, which runs many at once. */
#include <linux/module.h>

#include "../import.h"

IMPORT(TDX_PAGE_ARRAY);
IMPORT(TDX_PAGE_ARRAY_KVM);
MODULE_DESCRIPTION("Lifecycles of what a driver makes with tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
