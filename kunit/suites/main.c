// SPDX-License-Identifier: GPL-2.0
/* The test module: all suites run when it is loaded. Each file here is one suite. */
#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
MODULE_IMPORT_NS(TDX_PAGE_ARRAY_KVM);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
MODULE_IMPORT_NS("TDX_PAGE_ARRAY_KVM");
#endif
MODULE_DESCRIPTION("KUnit suites of tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
