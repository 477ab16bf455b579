// SPDX-License-Identifier: GPL-2.0
/*
 * Holds one array from insmod to rmmod, so that a shell can look at what it costs and whom:
 * insmod tdx_array_holder.ko pages=1000 flags=1
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/version.h>

#include "tdx_page_array.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "how many");
static unsigned int flags;
module_param(flags, uint, 0444);
MODULE_PARM_DESC(flags, "TDX_PAGE_ARRAY_ACCOUNT (1), TDX_PAGE_ARRAY_CONTIGUOUS (2)");

static struct tdx_page_array *array;

static int __init tdx_array_holder_init(void)
{
	array = tdx_page_array_create_node(pages, TDX_PAGE_ARRAY_ANY_NODE, flags);
	return PTR_ERR_OR_ZERO(array);
}

static void __exit tdx_array_holder_exit(void)
{
	WARN_ON(tdx_page_array_release(array));
}

module_init(tdx_array_holder_init);
module_exit(tdx_array_holder_exit);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("Holds one array of tdx_page_array while it is loaded");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
