// SPDX-License-Identifier: GPL-2.0
/* The state of the machine's memory, and in how many 2 MiB blocks the pages of an array are. */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "../unexported.h"
#include "bench.h"
#include "posted.h"
#include "tdx_page_array.h"

#define HUGE_PAGE_BYTES (2UL << 20)
#define MAX_BLOCKS	4096 /* of 8 GiB */
#define ROUNDS		5
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
static LIST_HEAD(taken_blocks);
static DECLARE_BITMAP(blocks, MAX_BLOCKS);

int fragment_memory(unsigned int nth)
{
	const gfp_t gfp = (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page, *next;

	drain = address_of("drain_all_pages");
	if (!drain)
		return -ENOENT;
	while ((page = alloc_page(gfp)))
		list_add(&page->lru, &taken);
	list_for_each_entry_safe(page, next, &taken, lru) {
		if (page_to_pfn(page) % nth)
			continue;
		list_del(&page->lru);
		__free_page(page);
	}
	return 0;
}

void take_blocks(void)
{
	const gfp_t gfp = (GFP_KERNEL & ~__GFP_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page;
	int order;

	for (order = MAX_PAGE_ORDER; order; order--) {
		while ((page = alloc_pages(gfp, order))) {
			split_page(page, order);
			/* The number of pages that follow this one. */
			set_page_private(page, (1UL << order) - 1);
			list_add(&page->lru, &taken_blocks);
		}
	}
}

void defragment_memory(void)
{
	struct page *page, *next;
	unsigned long i;

	list_for_each_entry_safe(page, next, &taken, lru)
		__free_page(page);
	INIT_LIST_HEAD(&taken);
	list_for_each_entry_safe(page, next, &taken_blocks, lru) {
		for (i = page_private(page); i; i--)
			__free_page(page + i);
		set_page_private(page, 0);
		__free_page(page);
	}
	INIT_LIST_HEAD(&taken_blocks);
	drain = NULL;
}

static void touch(const struct page *page)
{
	__set_bit(page_to_phys(page) / HUGE_PAGE_BYTES % MAX_BLOCKS, blocks);
}

static unsigned int count_blocks(void)
{
	const unsigned int count = bitmap_weight(blocks, MAX_BLOCKS);

	bitmap_zero(blocks, MAX_BLOCKS);
	return count;
}

/*
 * Which of many scattered pages are allocated depends on earlier frees: both ways alternate, and the
 * best result of each counts.
 */
int measure_density(void)
{
	unsigned int least_posted = UINT_MAX, least = UINT_MAX, round, i;
	struct posted_array *posted;
	struct tdx_page_array *array;

	for (round = 0; round < ROUNDS; round++) {
		scatter_free_pages();
		posted = posted_create(LARGEST_ARRAY);
		if (FAILS(posted))
			return -EIO;
		for (i = 0; i < LARGEST_ARRAY; i++)
			touch(posted->handles[i]);
		posted_free(posted);
		least_posted = min(least_posted, count_blocks());

		scatter_free_pages();
		array = tdx_page_array_create(LARGEST_ARRAY);
		if (FAILS(!IS_ERR(array)))
			return -EIO;
		for (i = 0; i < LARGEST_ARRAY; i++)
			touch(tdx_page_array_page(array, i));
		if (FAILS(!tdx_page_array_release(array)))
			return -EIO;
		least = min(least, count_blocks());
	}
	report_number("2 MiB blocks as posted", LARGEST_ARRAY, least_posted);
	report_number("2 MiB blocks", LARGEST_ARRAY, least);
	return 0;
}
