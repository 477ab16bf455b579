// SPDX-License-Identifier: GPL-2.0
/* The lives as a module, for those who live them: the fault matrix one at a time, the storm all at once. */
#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
MODULE_IMPORT_NS(TDX_PAGE_ARRAY_KVM);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
MODULE_IMPORT_NS("TDX_PAGE_ARRAY_KVM");
#endif
MODULE_DESCRIPTION("Life cycles of what a driver makes with tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
