/* SPDX-License-Identifier: GPL-2.0 */
/* The import of the module's namespaces, whose names are strings since Linux 6.13. */
#ifndef TDX_PAGE_ARRAY_IMPORT_H
#define TDX_PAGE_ARRAY_IMPORT_H

#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define IMPORT(NAMESPACE) MODULE_IMPORT_NS(NAMESPACE)
#else
#define IMPORT(NAMESPACE) MODULE_IMPORT_NS(#NAMESPACE)
#endif

#endif
