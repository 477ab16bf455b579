// SPDX-License-Identifier: GPL-2.0
/* The state of the machine's memory. */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "../unexported.h"
#include "bench.h"

#ifndef MAX_PAGE_ORDER /* before Linux 6.8 */
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#endif

/* drain_all_pages(), which is not exported. */
static void (*drain)(struct zone *zone);

CALLS_UNEXPORTED void scatter_free_pages(void)
{
	if (drain)
		drain(NULL);
}
CALLS_UNEXPORTED_IN(scatter_free_pages);

static LIST_HEAD(taken);

void fragment_memory(unsigned int nth)
{
	const gfp_t gfp = (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page, *next;

	drain = address_of("drain_all_pages");
	EXPECT(drain);
	while ((page = alloc_page(gfp)))
		list_add(&page->lru, &taken);
	list_for_each_entry_safe(page, next, &taken, lru) {
		if (page_to_pfn(page) % nth)
			continue;
		list_del(&page->lru);
		__free_page(page);
	}
}

void take_blocks(void)
{
	const gfp_t gfp = (GFP_KERNEL & ~__GFP_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page;
	unsigned long i;
	int order;

	for (order = MAX_PAGE_ORDER; order; order--) {
		while ((page = alloc_pages(gfp, order))) {
			split_page(page, order);
			for (i = 0; i < 1UL << order; i++)
				list_add(&page[i].lru, &taken);
		}
	}
}

void defragment_memory(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &taken, lru)
		__free_page(page);
	INIT_LIST_HEAD(&taken);
	drain = NULL;
}
