// SPDX-License-Identifier: GPL-2.0
/*
 * How many 2 MiB blocks the pages of a large array are in where memory is fragmented: a block cannot
 * be a huge page while one of its pages is in use. And how much memory the array itself takes. A
 * separate test module, because it takes all of the guest's memory.
 */
#include <kunit/resource.h>
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/list.h>

#include "../allocations.h"
#include "harness.h"

#define PAGES	    12800
#define BLOCK_BYTES (2UL << 20)
#define MAX_BLOCKS  4096 /* of 8 GiB */
#define ROUNDS	    4

static DECLARE_BITMAP(blocks, MAX_BLOCKS);

static void touch_block(struct kunit *test, const struct page *page)
{
	const unsigned long block = page_to_phys(page) / BLOCK_BYTES;

	KUNIT_ASSERT_LT(test, block, MAX_BLOCKS);
	__set_bit(block, blocks);
}

static unsigned int blocks_of_array(struct kunit *test, struct tdx_page_array *array)
{
	unsigned int i;

	bitmap_zero(blocks, MAX_BLOCKS);
	for (i = 0; i < PAGES; i++)
		touch_block(test, tdx_page_array_page(array, i));
	return bitmap_weight(blocks, MAX_BLOCKS);
}

static void free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru)
		__free_page(page);
	INIT_LIST_HEAD(pages);
}

/* Blocks of pages that are allocated one by one; 0 if there is not enough memory. */
static unsigned int blocks_page_by_page(struct kunit *test)
{
	struct page *page;
	LIST_HEAD(pages);
	unsigned int i;

	bitmap_zero(blocks, MAX_BLOCKS);
	for (i = 0; i < PAGES; i++) {
		page = alloc_page(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
		if (!page)
			break;
		list_add(&page->lru, &pages);
		touch_block(test, page);
	}
	free_list(&pages);
	return i == PAGES ? bitmap_weight(blocks, MAX_BLOCKS) : 0;
}

/* Takes all memory, then frees one page in @nth. */
static void fragment(struct list_head *taken, unsigned int nth)
{
	const gfp_t gfp = (GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page, *next;

	while ((page = alloc_page(gfp)))
		list_add(&page->lru, taken);
	list_for_each_entry_safe(page, next, taken, lru) {
		if (page_to_pfn(page) % nth)
			continue;
		list_del(&page->lru);
		__free_page(page);
	}
}

/*
 * Memory besides the pages themselves: the list page and slab objects. New pages of a slab cache or
 * vmalloc are counted as well, so the test takes the minimum of several creations: one where the
 * caches had free objects.
 */
static void an_array_costs_less_than_two_pages(struct kunit *test)
{
	struct tdx_page_array *array;
	struct allocations taken;
	s64 cheapest = S64_MAX;
	unsigned int try;

	KUNIT_ASSERT_EQ(test, allocations_attach(), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, allocations_detach, NULL), 0);
	for (try = 0; try < 5; try++) {
		allocations_begin_watch();
		array = tdx_page_array_create(PAGES);
		KUNIT_EXPECT_GT(test, tdx_page_array_populate(array, 0), 0);
		taken = allocations_end_watch();
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
		KUNIT_EXPECT_TRUE(test, taken.complete);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
		/* The probes work: they saw the pages, the list page and the array. */
		KUNIT_EXPECT_GE(test, taken.pages, PAGES);
		KUNIT_EXPECT_GT(test, taken.bytes, PAGE_SIZE);
		cheapest = min(cheapest, (taken.pages - PAGES) * (s64)PAGE_SIZE + taken.bytes);
	}
	kunit_info(test, "an array of %u pages costs %lld bytes\n", PAGES, cheapest);
	KUNIT_EXPECT_LT(test, cheapest, 8192);
}

/* 0 if there is not enough memory for an array. */
static unsigned int blocks_of_new_array(struct kunit *test)
{
	struct tdx_page_array *array = tdx_page_array_create(PAGES);
	unsigned int touched;

	if (IS_ERR(array))
		return 0;
	touched = blocks_of_array(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	return touched;
}

/*
 * Which of the scattered pages are allocated depends on earlier frees, and an array takes the few
 * larger blocks first. So both ways alternate several times, and the best result of each counts.
 * They differ by a few percent in either direction.
 */
static void compare_on_fragmented_memory(struct kunit *test, unsigned int free_one_in)
{
	unsigned int page_by_page = UINT_MAX, as_array = UINT_MAX, round;
	LIST_HEAD(taken);

	fragment(&taken, free_one_in);
	for (round = 0; round < ROUNDS; round++) {
		page_by_page = min(page_by_page, blocks_page_by_page(test));
		as_array = min(as_array, blocks_of_new_array(test));
	}
	free_list(&taken);
	kunit_info(test, "one page in %u is free: %u blocks page by page, %u as an array\n",
		   free_one_in, page_by_page, as_array);
	KUNIT_ASSERT_GT_MSG(test, page_by_page, 26, "memory is not fragmented, or too small");
	KUNIT_ASSERT_NE_MSG(test, as_array, 0, "single pages were there, an array was not");
	KUNIT_EXPECT_LE(test, as_array, page_by_page + page_by_page / 16);
}

static void on_fragmented_memory_an_array_lies_as_dense_as_single_pages(struct kunit *test)
{
	compare_on_fragmented_memory(test, 2);
	compare_on_fragmented_memory(test, 8);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_costs_less_than_two_pages),
	KUNIT_CASE(on_fragmented_memory_an_array_lies_as_dense_as_single_pages),
	{},
};

TEST_SUITE("density", NULL, NULL);
