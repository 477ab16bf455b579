// SPDX-License-Identifier: GPL-2.0
/*
 * How many 2 MiB blocks the pages of a large array lie in: each of them is no huge page as long as
 * one page is lent. And what the array itself costs. A module of its own, because it takes all of
 * the guest's memory, and because the first test wants a guest that nobody has fragmented.
 */
#include <kunit/test.h>
#include <linux/io.h>
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>

#include "../import.h"
#include "probe.h"
#include "tdx_page_array.h"

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

/* What a driver gets that allocates the pages one by one; 0 when there is no memory for them. */
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

/* Takes all memory, and frees one page in @nth of it again. */
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

/* 12,800 pages are 25 such blocks. */
static void on_a_fresh_guest_the_pages_lie_in_26_blocks_at_most(struct kunit *test)
{
	struct tdx_page_array *array = tdx_page_array_create(PAGES);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	KUNIT_EXPECT_GE(test, blocks_of_array(test, array), 25);
	KUNIT_EXPECT_LE(test, blocks_of_array(test, array), 26);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/*
 * What the calling task takes and gives back: pages of the page allocator, which slabs come from as
 * well, and objects of slabs, by their full size.
 */
static struct task_struct *watched;
static s64 pages_taken, bytes_taken;
static struct {
	const void *object;
	size_t bytes;
} objects[64];
static unsigned int object_count;

static bool is_watched(void)
{
	return current == READ_ONCE(watched) && in_task();
}

static void on_page_alloc(void *unused, struct page *page, unsigned int order, gfp_t gfp,
			  int migratetype)
{
	if (page && is_watched())
		pages_taken += 1 << order;
}

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	if (is_watched())
		pages_taken -= 1 << order;
}

static void on_kmalloc(void *unused, unsigned long call_site, const void *object, size_t asked,
		       size_t bytes, gfp_t gfp, int node)
{
	if (!object || !is_watched())
		return;
	bytes_taken += bytes;
	if (object_count < ARRAY_SIZE(objects)) {
		objects[object_count].object = object;
		objects[object_count].bytes = bytes;
	}
	object_count++;
}

static void on_kfree(void *unused, unsigned long call_site, const void *object)
{
	unsigned int i;

	if (!object || !is_watched())
		return;
	for (i = 0; i < min_t(unsigned int, object_count, ARRAY_SIZE(objects)); i++) {
		if (objects[i].object != object)
			continue;
		bytes_taken -= objects[i].bytes;
		objects[i].object = NULL;
	}
}

/*
 * Memory besides the pages themselves: the list, and what is left of the other slab objects. When a
 * slab cache or vmalloc needs pages for them, those count too; the cheapest of several creations
 * met caches that had objects left.
 */
static void an_array_costs_less_than_two_pages(struct kunit *test)
{
	struct tdx_page_array *array;
	s64 bytes, cheapest = S64_MAX;
	unsigned int try;

	attach_probe(test, "mm_page_alloc", on_page_alloc);
	attach_probe(test, "mm_page_free", on_page_free);
	attach_probe(test, "kmalloc", on_kmalloc);
	attach_probe(test, "kfree", on_kfree);
	for (try = 0; try < 5; try++) {
		pages_taken = bytes_taken = object_count = 0;
		WRITE_ONCE(watched, current);
		array = tdx_page_array_create(PAGES);
		KUNIT_EXPECT_GT(test, tdx_page_array_populate(array, 0), 0);
		WRITE_ONCE(watched, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
		KUNIT_EXPECT_LE(test, object_count, ARRAY_SIZE(objects));
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);

		/* The probes saw something: the pages, the list, and the array itself. */
		KUNIT_EXPECT_GE(test, pages_taken, PAGES);
		KUNIT_EXPECT_GT(test, bytes_taken, PAGE_SIZE);
		bytes = (pages_taken - PAGES) * PAGE_SIZE + bytes_taken;
		cheapest = min(cheapest, bytes);
	}
	kunit_info(test, "an array of %u pages costs %lld bytes\n", PAGES, cheapest);
	KUNIT_EXPECT_LT(test, cheapest, 8192);
}

struct fragmentation {
	const char *name;
	unsigned int free_one_in;
};

static const struct fragmentation fragmentations[] = {
	{"every second page taken", 2},
	{"seven of eight pages taken", 8},
};

KUNIT_ARRAY_PARAM_DESC(fragmentation, fragmentations, name);

/* 0 when there is no memory for an array. */
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
 * Which of the scattered pages somebody gets depends on who freed what before, and an array looks
 * for the few larger blocks first: both ways in turn, several times, and the best of each. They
 * differ by some percent to either side.
 */
static void on_fragmented_memory_an_array_lies_as_dense_as_single_pages(struct kunit *test)
{
	const struct fragmentation *fragmentation = test->param_value;
	unsigned int page_by_page = UINT_MAX, as_array = UINT_MAX, round;
	LIST_HEAD(taken);

	fragment(&taken, fragmentation->free_one_in);
	for (round = 0; round < ROUNDS; round++) {
		page_by_page = min(page_by_page, blocks_page_by_page(test));
		as_array = min(as_array, blocks_of_new_array(test));
	}
	free_list(&taken);
	kunit_info(test, "blocks: %u page by page, %u as an array\n", page_by_page, as_array);
	KUNIT_ASSERT_GT_MSG(test, page_by_page, 26, "memory is not fragmented, or too small");
	KUNIT_ASSERT_NE_MSG(test, as_array, 0, "single pages were there, an array was not");
	KUNIT_EXPECT_LE(test, as_array, page_by_page + page_by_page / 16);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(on_a_fresh_guest_the_pages_lie_in_26_blocks_at_most),
	KUNIT_CASE(an_array_costs_less_than_two_pages),
	KUNIT_CASE_PARAM(on_fragmented_memory_an_array_lies_as_dense_as_single_pages,
			 fragmentation_gen_params),
	{},
};

static struct kunit_suite suite = {
	.name = "density",
	.test_cases = cases,
};
kunit_test_suite(suite);

IMPORT(TDX_PAGE_ARRAY);
MODULE_DESCRIPTION("KUnit suite of tdx_page_array that takes all memory of a small guest");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
