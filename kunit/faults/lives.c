// SPDX-License-Identifier: GPL-2.0
/* The lives as a module, for those who live them: the fault matrix one at a time, the storm all at once. */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/version.h>

#include "faults.h"

EXPORT_SYMBOL_GPL(life_adopted);
EXPORT_SYMBOL_GPL(life_arrays);
EXPORT_SYMBOL_GPL(life_extensions);
EXPORT_SYMBOL_GPL(life_iommu);
EXPORT_SYMBOL_GPL(life_lost);
EXPORT_SYMBOL_GPL(life_object);
EXPORT_SYMBOL_GPL(life_quote);
EXPORT_SYMBOL_GPL(life_session);
EXPORT_SYMBOL_GPL(life_stream);
EXPORT_SYMBOL_GPL(life_td);
EXPORT_SYMBOL_GPL(tear_down_td);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("Life cycles of what a driver makes with tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
