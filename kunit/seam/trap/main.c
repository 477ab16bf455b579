// SPDX-License-Identifier: GPL-2.0
/* The SEAM emulator as a kernel module: for tests on machines without TDX. Never for production. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/vmalloc.h>
#include <asm/processor.h>

#include "emulator.h"

struct seam_model seam_model;
DEFINE_RAW_SPINLOCK(seam_lock);

static struct seam_page *pamt;

static void *map(uint64_t hpa)
{
	const unsigned long pfn = hpa >> PAGE_SHIFT;

	return pfn_valid(pfn) ? pfn_to_kaddr(pfn) : NULL;
}

static const struct seam_ops ops = {.map = map};

/* One TDMR over all memory that this kernel knows. */
static unsigned long pages_of_memory(void)
{
	unsigned long pages = 0;
	int node;

	for_each_online_node(node) pages = max(pages, node_end_pfn(node));
	return pages;
}

static int __init seam_emulator_init(void)
{
	const unsigned long pages = pages_of_memory();
	int error;

	pamt = vzalloc(array_size(pages, sizeof(*pamt)));
	if (!pamt)
		return -ENOMEM;
	seam_model_init(&seam_model, &ops, pamt, pages, boot_cpu_data.x86_phys_bits);

	error = seam_platform_start();
	if (error)
		goto no_platform;
	error = seam_watch_start();
	if (error)
		goto no_watch;
	error = seam_trap_start();
	if (error)
		goto no_trap;
	seam_debugfs_start();
	pr_info("SEAMCALL is answered by a software model of the TDX module (%lu pages, global "
		"KeyID %u)\n",
		pages, seam_global_keyid(&seam_model));
	return 0;

no_trap:
	seam_watch_stop();
no_watch:
	seam_platform_stop();
no_platform:
	vfree(pamt);
	pr_err("cannot play the TDX platform on this kernel (%d)\n", error);
	return error;
}

static void __exit seam_emulator_exit(void)
{
	seam_debugfs_stop();
	seam_trap_stop();
	seam_watch_stop();
	seam_platform_stop();
	vfree(pamt);
}

module_init(seam_emulator_init);
module_exit(seam_emulator_exit);

MODULE_DESCRIPTION("SEAM emulator: a software model of the TDX module behind the real SEAMCALL "
		   "instruction (tests only)");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
