// SPDX-License-Identifier: GPL-2.0
/* The kernel module: entry, exit, what modinfo says. */
#include <linux/module.h>

#include "debugfs.h"
#include "interface.h"
#include "shutdown.h"

bool tdx_shim_pin_module(void)
{
	return try_module_get(THIS_MODULE);
}

void tdx_shim_unpin_module(void)
{
	module_put(THIS_MODULE);
}

static int __init tdx_page_array_init(void)
{
	int error = tdx_core_start();

	if (error)
		return error;
	error = tdx_shutdown_start();
	if (error) {
		tdx_core_stop();
		return error;
	}
	tdx_debugfs_start();
	return 0;
}

static void __exit tdx_page_array_exit(void)
{
	tdx_debugfs_stop();
	tdx_shutdown_stop();
	tdx_core_stop();
}

module_init(tdx_page_array_init);
module_exit(tdx_page_array_exit);

MODULE_DESCRIPTION("Arrays of pages lent to the Intel TDX module, and taken back safely");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
