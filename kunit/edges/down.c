// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers with live objects when the machine goes down. They end them at each time at which drivers do: in a reboot
 * notifier, in the shutdown method of a device, and, for an IOMMU, in a syscore shutdown that was registered after that
 * of tdx_page_array. Each logs its results (scripts/guest/jobs/down). A thread on another CPU calls the module without a
 * pause until it is refused: a SEAMCALL after the module's flush would leave lines in that CPU's caches.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/reboot.h>

#include "../faults/faults.h"
#include "../import.h"
#include "syscore.h"

static struct driver early, late, latest;

static void close_and_end(const struct lifecycle *lifecycle, struct driver *driver,
			  const char *when)
{
	const int closed = lifecycle->close(driver), ended = lifecycle->end(driver, false);

	pr_info("%s: close %d, end %d\n", when, closed, ended);
	/* Also when it is called once more. */
	WARN_ON(closed || ended);
}

static int on_reboot(struct notifier_block *block, unsigned long why, void *command)
{
	close_and_end(&lifecycle_stream, &early, "reboot notifier");
	return NOTIFY_DONE;
}

/* As late as possible: a driver cannot choose its position among other notifiers. */
static struct notifier_block notifier = {.notifier_call = on_reboot, .priority = INT_MIN};

static void on_shutdown(struct platform_device *device)
{
	close_and_end(&lifecycle_stream, &late, "shutdown method");
}

static struct platform_driver driver = {
	.shutdown = on_shutdown,
	.driver = {.name = "tdx_array_down"},
};

static void clear_iommu(void)
{
	close_and_end(&lifecycle_iommu, &latest, "syscore");
}

DEFINE_SYSCORE_SHUTDOWN(syscore, clear_iommu);

/* On success the TDX module has written to the page's PAMT entry. */
static int ask(void *unused)
{
	struct tdx_page_facts facts;

	while (tdx_status_to_errno(tdx_tdh_phymem_page_rdmd(page_to_pfn(ZERO_PAGE(0)), &facts)) !=
	       -ESHUTDOWN)
		cond_resched();
	pr_info("the thread was refused\n");
	return 0;
}

static int __init tdx_array_down_init(void)
{
	int error = tdx_extensions_start();

	early = new_driver(2);
	late = new_driver(3);
	latest = new_driver(4);
	error = error ?: lifecycle_stream.open(&early);
	error = error ?: lifecycle_stream.open(&late);
	error = error ?: lifecycle_iommu.open(&latest);
	error = error ?: platform_driver_register(&driver);
	if (error)
		return error;
	/* The line of what fails here is missing in the log. */
	platform_device_register_simple("tdx_array_down", PLATFORM_DEVID_NONE, NULL, 0);
	register_reboot_notifier(&notifier);
	register_syscore(&syscore);
	kthread_run_on_cpu(ask, NULL, 1, "tdx_array_down/%u");
	return 0;
}

module_init(tdx_array_down_init);

MODULE_DESCRIPTION("Drivers of tdx_page_array that are alive when the machine goes down");
