// SPDX-License-Identifier: GPL-2.0
/* The life cycles as a module, for the fault matrix (one at a time) and the storm (concurrently). */
#include <linux/module.h>

#include "../import.h"

IMPORT(TDX_PAGE_ARRAY);
IMPORT(TDX_PAGE_ARRAY_KVM);
MODULE_DESCRIPTION("Life cycles of what a driver makes with tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
