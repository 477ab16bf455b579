/* SPDX-License-Identifier: GPL-2.0 */
/* What each test module says of itself, except for its description. Included by one file of the module. */
#ifndef TDX_PAGE_ARRAY_IMPORT_H
#define TDX_PAGE_ARRAY_IMPORT_H

#include <linux/module.h>
#include <linux/version.h>

/* Names of namespaces are strings since Linux 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
MODULE_IMPORT_NS(TDX_PAGE_ARRAY_KVM);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
MODULE_IMPORT_NS("TDX_PAGE_ARRAY_KVM");
#endif
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");

#endif
