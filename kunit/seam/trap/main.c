// SPDX-License-Identifier: GPL-2.0
/* The door to a model that is in this kernel: its memory, its parts, and requests of tests. */
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <asm/processor.h>

#include "trap.h"

struct seam_model seam_model;

static DEFINE_RAW_SPINLOCK(books);
static struct seam_memory memory;

static void *map(uint64_t hpa)
{
	const unsigned long pfn = hpa >> PAGE_SHIFT;

	return pfn_valid(pfn) ? pfn_to_kaddr(pfn) : NULL;
}

static unsigned long lock_books(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&books, flags);
	return flags;
}

static void unlock_books(unsigned long flags)
{
	raw_spin_unlock_irqrestore(&books, flags);
}

static const struct seam_ops ops = {
	.map = map,
	.lock_books = lock_books,
	.unlock_books = unlock_books,
};

/* The number of pages up to the end of this kernel's memory. */
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

/* Makes all memory clean, the host's, and one TDMR. */
static void start_over(void)
{
	seam_model_power_on(&seam_model);
	seam_model_init(&seam_model, &ops, &memory, boot_cpu_data.x86_phys_bits);
	seam_model_add_tdmr(&seam_model, 0, (u64)memory.page_count << PAGE_SHIFT);
	seam_model.sees_flushes = seam_sees_flushes;
}

/* The parts of this door, in the order in which they start. */
static const struct {
	int (*start)(void);
	void (*stop)(void);
} parts[] = {
	{seam_keyid_msr_start, seam_keyid_msr_stop}, {seam_trap_start, seam_trap_stop},
	{seam_movdir64b_start, seam_movdir64b_stop}, {seam_caches_start, seam_caches_stop},
	{seam_hotplug_start, seam_hotplug_stop},
};

static void stop_parts(size_t started)
{
	while (started--)
		parts[started].stop();
	free_memory();
}

static int start(void)
{
	size_t started = 0;
	int error = -ENOMEM;

	if (!make_memory(pages_of_memory()))
		goto stop;
	seam_model_init(&seam_model, &ops, &memory, boot_cpu_data.x86_phys_bits);
	start_over();
	for (; started < ARRAY_SIZE(parts); started++) {
		error = parts[started].start();
		if (error)
			goto stop;
	}
	return 0;

stop:
	stop_parts(started);
	return error;
}

static void stop(void)
{
	stop_parts(ARRAY_SIZE(parts));
}

/* Handles a request. After a power cycle it sets the module up, which no kernel starts here. */
static void control(struct seam_request *request)
{
	if (request->command == SEAM_CONTROL_POWER_CYCLE)
		start_over();
	else
		seam_control(&seam_model, request);
}

/* Most pages were never private: check without the lock first. */
static bool is_of_interest(u64 first_pfn, u64 count)
{
	u64 pfn;

	for (pfn = first_pfn; pfn < first_pfn + count; pfn++)
		if (seam_judge_is_interested(&seam_model, pfn))
			return true;
	return false;
}

static void host_frees(u64 pfn, unsigned int order)
{
	if (is_of_interest(pfn, 1ULL << order))
		seam_judge_host_frees(&seam_model, pfn, 1ULL << order);
}

static void describe(struct seam_config *config)
{
	config->packages = 1;
	config->lps = min_t(u32, num_online_cpus(), SEAM_MAX_LPS);
}

const struct seam_door seam_trap_door = {
	.name = "a software model of the TDX module in this kernel",
	.start = start,
	.stop = stop,
	.control = control,
	.watch_flushes = seam_flushes_watch,
	.host_frees = host_frees,
	.describe = describe,
};
