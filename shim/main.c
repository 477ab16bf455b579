// SPDX-License-Identifier: GPL-2.0
/* The kernel module: entry, exit, parameters, what modinfo says. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "errno_table.h"
#include "interface.h"
#include "parts.h"

#define MAX_SELFTEST_PAGES 65536

/* The core's errnos are the kernel's. */
#define SAME_NUMBER(name, number, linux_name) &&(number) == (linux_name)
static_assert(true TDX_ERRNO_TABLE(SAME_NUMBER));

static bool selftest;
module_param(selftest, bool, 0444);
MODULE_PARM_DESC(selftest, "run the self-test at load, and fail to load if a check fails (N)");

static unsigned int selftest_pages = 64;

static int set_selftest_pages(const char *value, const struct kernel_param *parameter)
{
	const int error = param_set_uint_minmax(value, parameter, 1, MAX_SELFTEST_PAGES);

	if (error)
		pr_err("selftest_pages is '%.*s', but must be 1 to %u\n", (int)strcspn(value, "\n"),
		       value, MAX_SELFTEST_PAGES);
	return error;
}

static const struct kernel_param_ops selftest_pages_ops = {
	.set = set_selftest_pages,
	.get = param_get_uint,
};
module_param_cb(selftest_pages, &selftest_pages_ops, &selftest_pages, 0644);
__MODULE_PARM_TYPE(selftest_pages, "uint");
MODULE_PARM_DESC(selftest_pages, "number of pages in an array of the self-test, 1 to 65536 (64)");

unsigned int tdx_selftest_pages(void)
{
	return READ_ONCE(selftest_pages);
}

static bool flush;
module_param(flush, bool, 0444);
MODULE_PARM_DESC(
	flush,
	"flush the kernel's own cache lines of pages before they are handed over, also where the "
	"TDX module does not need it (N)");

bool tdx_shim_is_flush_forced(void)
{
	return flush;
}

bool tdx_shim_pin_module(void)
{
	return try_module_get(THIS_MODULE);
}

void tdx_shim_unpin_module(void)
{
	module_put(THIS_MODULE);
}

static void stop_all(void)
{
	tdx_core_stop();
	tdx_write_back_private_lines();
	tdx_pages_stop();
	tdx_memory_stop();
}

static int __init tdx_page_array_init(void)
{
	int error = tdx_core_start();

	if (error)
		return error;
	if (selftest && !tdx_core_selftest(selftest_pages, NULL)) {
		error = -EIO;
		pr_err("not loaded: the self-test failed (errno %d)\n", error);
		goto stop;
	}
	error = tdx_shutdown_start();
	if (error) {
		pr_err("not loaded: CPU hotplug has no free state (errno %d)\n", error);
		goto stop;
	}
	tdx_debugfs_start();
	return 0;

stop:
	stop_all();
	return error;
}

static void __exit tdx_page_array_exit(void)
{
	tdx_debugfs_stop();
	tdx_retry_stop();
	stop_all();
	/* Last: a CPU that goes offline before the caches are written back has to write back its own. */
	tdx_shutdown_stop();
}

module_init(tdx_page_array_init);
module_exit(tdx_page_array_exit);

MODULE_DESCRIPTION(
	"Arrays of pages that are handed over to the Intel TDX module and come back safely");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
