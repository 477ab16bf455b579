// SPDX-License-Identifier: GPL-2.0
/*
 * A driver with live objects when the machine goes down. It ends them at each time at which drivers do: in a reboot
 * notifier, in the shutdown method of a device, and, for an IOMMU, in a syscore shutdown that was registered after that
 * of tdx_page_array. Each logs its results (scripts/log-check.py). A thread on another CPU calls the module without a
 * pause until it is refused: a SEAMCALL after the module's flush would leave lines in that CPU's caches.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/reboot.h>
#include <linux/string.h>

#include "../import.h"
#include "../client/link.h"
#include "syscore.h"

#define REG_BASE    0xfed90000ULL
#define NOTIFIER_FN 0x0200
#define DEVICE_FN   0x0300

static struct link early, late;
static struct tdx_page_array *iommu_mt;
static u64 iommu;

static int exchange(struct link *link, const void *request, size_t bytes, void *response)
{
	memcpy(response, request, bytes);
	return 0;
}

static int open(struct link *link, u64 function)
{
	int error;

	link->exchange = exchange;
	error = link_create_session(link, function);
	error = error ?: link_connect(link);
	error = error ?: link_create_stream(link);
	return error ?: link_manage_keys(link, TDX_IDE_KM_SETUP);
}

static int release(struct tdx_page_array *array)
{
	return array ? tdx_page_array_release(array) : 0;
}

static void close(struct link *link, const char *when)
{
	const int deleted = link_delete(link);
	const int stream = release(link->stream_mt), session = release(link->metadata);
	const int info = release(link->info);

	pr_info("%s: delete %d, release of stream %d, session %d, buffer %d\n", when, deleted,
		stream, session, info);
	link_free(link);
}

static int on_reboot(struct notifier_block *block, unsigned long why, void *command)
{
	close(&early, "reboot notifier");
	return NOTIFY_DONE;
}

/* As late as possible: a driver cannot choose its position among other notifiers. */
static struct notifier_block notifier = {.notifier_call = on_reboot, .priority = INT_MIN};

static void on_shutdown(struct platform_device *device)
{
	close(&late, "shutdown method");
}

static struct platform_driver driver = {
	.shutdown = on_shutdown,
	.driver = {.name = "tdx_array_down"},
};

static struct platform_device *device;

static void clear_iommu(void)
{
	const u64 status = tdx_tdh_iommu_clear(iommu, iommu_mt);

	pr_info("syscore: clear %#llx, release %d\n", status, tdx_page_array_release(iommu_mt));
}

DEFINE_SYSCORE_SHUTDOWN(syscore, clear_iommu);

static int set_up_iommu(void)
{
	u64 pages, status = tdx_tdh_sys_rd(IOMMU_MT_PAGE_COUNT, &pages);

	if (status)
		return tdx_status_to_errno(status);
	iommu_mt = tdx_page_array_create_iommu_mt(1, pages);
	if (IS_ERR(iommu_mt))
		return PTR_ERR(iommu_mt);
	return tdx_status_to_errno(tdx_tdh_iommu_setup(REG_BASE, iommu_mt, &iommu));
}

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
	struct task_struct *asking;
	int error = tdx_extensions_start();

	error = error ?: open(&early, NOTIFIER_FN);
	error = error ?: open(&late, DEVICE_FN);
	error = error ?: set_up_iommu();
	if (error)
		return error;
	asking = kthread_create_on_cpu(ask, NULL, 1, "tdx_array_down/%u");
	if (IS_ERR(asking))
		return PTR_ERR(asking);
	error = platform_driver_register(&driver);
	if (error) {
		kthread_stop(asking);
		return error;
	}
	device = platform_device_register_simple("tdx_array_down", PLATFORM_DEVID_NONE, NULL, 0);
	register_reboot_notifier(&notifier);
	register_syscore(&syscore);
	wake_up_process(asking);
	pr_info("sessions, streams and an IOMMU are alive\n");
	return PTR_ERR_OR_ZERO(device);
}

module_init(tdx_array_down_init);

MODULE_DESCRIPTION("A driver of tdx_page_array that is alive when the machine goes down");
