// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the judge of every page that the kernel frees, through the page allocator's own trace
 * point.
 */
#include <linux/mm.h>
#include <linux/tracepoint.h>

#include "emulator.h"

static struct tracepoint *page_free;

/* Nearly all pages never were private: look without the lock first. */
static bool is_of_interest(u64 first_pfn, u64 count)
{
	u64 pfn;

	for (pfn = first_pfn; pfn < first_pfn + count && pfn < seam_model.page_count; pfn++)
		if (READ_ONCE(seam_model.pages[pfn].type) != SEAM_PT_NDA ||
		    READ_ONCE(seam_model.pages[pfn].dirty))
			return true;
	return false;
}

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	const u64 pfn = page_to_pfn(page);
	unsigned long flags;

	if (!is_of_interest(pfn, 1ULL << order))
		return;
	raw_spin_lock_irqsave(&seam_lock, flags);
	seam_judge_host_frees(&seam_model, pfn, 1ULL << order);
	raw_spin_unlock_irqrestore(&seam_lock, flags);
}

static void look_for_page_free(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "mm_page_free"))
		page_free = tracepoint;
}

int seam_watch_start(void)
{
	for_each_kernel_tracepoint(look_for_page_free, NULL);
	if (!page_free)
		return -ENOENT;
	return tracepoint_probe_register(page_free, on_page_free, NULL);
}

void seam_watch_stop(void)
{
	tracepoint_probe_unregister(page_free, on_page_free, NULL);
	tracepoint_synchronize_unregister();
}
