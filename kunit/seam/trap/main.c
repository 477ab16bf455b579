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
DEFINE_RAW_SPINLOCK(seam_books);

/* What public sources do not tell: the suites run with both answers. */
static bool page_by_page;
module_param(page_by_page, bool, 0444);
MODULE_PARM_DESC(page_by_page,
		 "a bad list of pages: N changes nothing, Y takes the pages before the bad one");
static bool invalid_resumption;
module_param(invalid_resumption, bool, 0444);
MODULE_PARM_DESC(invalid_resumption,
		 "a resumed call with other inputs: N OPERAND_INVALID, Y INVALID_RESUMPTION");

static bool pw_mce;
module_param(pw_mce, bool, 0444);
MODULE_PARM_DESC(pw_mce, "Y: the CPU has the partial-write machine check erratum, and MOVDIR64B");

static struct seam_memory memory;

static void *map(uint64_t hpa)
{
	const unsigned long pfn = hpa >> PAGE_SHIFT;

	return pfn_valid(pfn) ? pfn_to_kaddr(pfn) : NULL;
}

static unsigned long lock_books(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&seam_books, flags);
	return flags;
}

static void unlock_books(unsigned long flags)
{
	raw_spin_unlock_irqrestore(&seam_books, flags);
}

static const struct seam_ops ops = {
	.map = map,
	.lock_books = lock_books,
	.unlock_books = unlock_books,
};

/* All memory that this kernel knows. */
static unsigned long pages_of_memory(void)
{
	unsigned long pages = 0;
	int node;

	for_each_online_node(node) pages = max(pages, node_end_pfn(node));
	return pages;
}

static void free_memory(void)
{
	vfree(memory.pages);
	vfree(memory.regions);
	vfree(memory.gigas);
}

static bool make_memory(unsigned long pages)
{
	const unsigned long regions = DIV_ROUND_UP(pages, 512);

	memory = (struct seam_memory){
		.page_count = pages,
		.pages = vcalloc(pages, sizeof(*memory.pages)),
		.regions = vcalloc(regions, sizeof(*memory.regions)),
		.gigas = vcalloc(DIV_ROUND_UP(regions, 512), sizeof(*memory.gigas)),
	};
	return memory.pages && memory.regions && memory.gigas;
}

void seam_reset(void)
{
	seam_model_reset(&seam_model);
	seam_model.config.packages = 1;
	seam_model.config.lps = min_t(u32, num_online_cpus(), SEAM_MAX_LPS);
	seam_model.config.page_by_page = page_by_page;
	seam_model.config.invalid_resumption = invalid_resumption;
	seam_model.config.partial_write_erratum = seam_platform_has_pw_mce();
	seam_vmx_off_cpus = 0;
}

void seam_start_over(void)
{
	seam_model_power_on(&seam_model);
	seam_model_init(&seam_model, &ops, &memory, boot_cpu_data.x86_phys_bits);
	seam_model_add_tdmr(&seam_model, 0, (u64)memory.page_count << PAGE_SHIFT);
	seam_reset();
}

static int __init seam_emulator_init(void)
{
	const unsigned long pages = pages_of_memory();
	int error = -ENOMEM;

	if (!make_memory(pages))
		goto no_platform;
	seam_model_init(&seam_model, &ops, &memory, boot_cpu_data.x86_phys_bits);
	seam_start_over();

	error = seam_platform_start();
	if (error)
		goto no_platform;
	seam_platform_set_pw_mce(pw_mce);
	error = seam_watch_start();
	if (error)
		goto no_watch;
	error = seam_trap_start();
	if (error)
		goto no_trap;
	error = seam_movdir64b_start();
	if (error)
		goto no_movdir64b;
	error = seam_caches_start();
	if (error)
		goto no_caches;
	seam_debugfs_start();
	pr_info("SEAMCALL is answered by a software model of the TDX module (%lu pages, global "
		"KeyID %u)\n",
		pages, seam_model.config.global_keyid);
	return 0;

no_caches:
	seam_movdir64b_stop();
no_movdir64b:
	seam_trap_stop();
no_trap:
	seam_watch_stop();
no_watch:
	seam_platform_stop();
no_platform:
	free_memory();
	pr_err("cannot play the TDX platform on this kernel (%d)\n", error);
	return error;
}

static void __exit seam_emulator_exit(void)
{
	seam_debugfs_stop();
	seam_caches_stop();
	seam_movdir64b_stop();
	seam_trap_stop();
	seam_watch_stop();
	seam_platform_stop();
	free_memory();
}

module_init(seam_emulator_init);
module_exit(seam_emulator_exit);

MODULE_DESCRIPTION("SEAM emulator: a software model of the TDX module behind the real SEAMCALL "
		   "instruction (tests only)");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
