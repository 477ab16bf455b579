// SPDX-License-Identifier: GPL-2.0
/* The placement of pages: one contiguous range, one NUMA node. The guest has a second node. */
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/mempolicy.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/version.h>

#include "frees.h"

#define SECOND_NODE 1
#define ANY_NODE    TDX_PAGE_ARRAY_ANY_NODE
#define CONTIGUOUS  TDX_PAGE_ARRAY_CONTIGUOUS
#define ACCOUNT	    TDX_PAGE_ARRAY_ACCOUNT

static unsigned int pages_on(struct kunit *test, struct tdx_page_array *array, int node)
{
	const unsigned int pages = tdx_page_array_nr_pages(array);
	unsigned int i, found = 0;

	for (i = 0; i < pages; i++)
		found += page_to_nid(tdx_page_array_page(array, i)) == node;
	return found;
}

/* Releases the array, whose @pages are all on the node. */
static void expect_on(struct kunit *test, struct tdx_page_array *array, int node,
		      unsigned int pages)
{
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), pages);
	KUNIT_EXPECT_EQ(test, pages_on(test, array, node), pages);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* alloc_contig_pages() is not exported before Linux 7.0. */
#define CLEARS_RANGES (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

/* Around the largest block of the page allocator, 1024 pages; alloc_contig_pages() above it. */
static const unsigned int sizes[] = {
	1,    2,    3, 512, 1000, 1024,
#if CLEARS_RANGES
	1025, 4096,
#endif
};
KUNIT_ARRAY_PARAM(size, sizes, describe_pages);

static void a_contiguous_array_is_one_range_and_freed_to_its_last_page(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	const u64 surplus = size <= 1024 ? roundup_pow_of_two(size) - size : 0;
	struct tdx_page_array *array;
	unsigned int i, elsewhere = 0;
	u64 first;

	/* The surplus pages of a block are freed immediately. */
	record_frees(test);
	array = tdx_page_array_create_node(size, ANY_NODE, CONTIGUOUS);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	first = hpa_of(test, array, 0);
	KUNIT_EXPECT_EQ(test, pages_freed(test, first + (u64)size * PAGE_SIZE, surplus), surplus);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), size);
	for (i = 0; i < size; i++)
		elsewhere += hpa_of(test, array, i) != first + (u64)i * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, elsewhere, 0);

	record_frees_again();
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, pages_freed(test, first, size), size);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, size);
}

static const unsigned int node_sizes[] = {1, 2, 4, 8, 700};
KUNIT_ARRAY_PARAM(node_size, node_sizes, describe_pages);

/* All pages are on the requested node. */
static void pages_come_from_the_node_that_was_asked_for(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	static const unsigned int flags[] = {0, ACCOUNT, CONTIGUOUS, ACCOUNT | CONTIGUOUS};
	unsigned int i, order;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		expect_on(test, tdx_page_array_create_node(size, SECOND_NODE, flags[i]),
			  SECOND_NODE, size);
	/* The list of an IOMMU has no room for more. */
	for (order = 0; size < 510 && order < 2; order++)
		expect_on(test,
			  tdx_page_array_create_iommu_mt_node(order, size, SECOND_NODE, ACCOUNT),
			  SECOND_NODE, (2 << order) + size);
}

/* Where that is possible, larger than the largest block. */
static const unsigned int range_pages = CLEARS_RANGES ? 2000 : 1024;

static void a_contiguous_array_comes_from_the_node_that_was_asked_for(struct kunit *test)
{
	expect_on(test, tdx_page_array_create_node(range_pages, SECOND_NODE, CONTIGUOUS),
		  SECOND_NODE, range_pages);
}

static void take_second_node_here(struct list_head *taken)
{
	const gfp_t gfp = (GFP_KERNEL & ~__GFP_RECLAIM) | __GFP_MEMALLOC | __GFP_THISNODE |
			  __GFP_NOWARN | __GFP_NORETRY;
	struct page *page;

	while ((page = alloc_pages_node(SECOND_NODE, gfp, 0)))
		list_add(&page->lru, taken);
}

/*
 * Takes every page of the second node, which has no other user, as single pages: below all watermarks,
 * and on every CPU, because each per-CPU list has hundreds of free pages, which can return to the
 * node at any time.
 */
static void take_second_node(struct list_head *taken)
{
	int cpu;

	for_each_online_cpu(cpu) {
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
		take_second_node_here(taken);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

static unsigned int free_every(struct list_head *taken, unsigned int nth)
{
	struct page *page, *next;
	unsigned int freed = 0;

	list_for_each_entry_safe(page, next, taken, lru) {
		if (page_to_pfn(page) % nth)
			continue;
		list_del(&page->lru);
		__free_page(page);
		freed++;
	}
	return freed;
}

/* Small arrays, a large one, and single pages with two queues, on a node where every second page is in use. */
static void a_node_with_single_pages_only_can_be_used(struct kunit *test)
{
	static const unsigned int sizes_of_arrays[] = {1, 2, 4, 8, 1500};
	struct tdx_page_array *arrays[ARRAY_SIZE(sizes_of_arrays)], *queues;
	unsigned int i;
	LIST_HEAD(taken);

	take_second_node(&taken);
	KUNIT_EXPECT_GT(test, free_every(&taken, 2), 4000);
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		/* Charged pages are allocated one by one, others in bulk. */
		arrays[i] = tdx_page_array_create_node(sizes_of_arrays[i], SECOND_NODE,
						       i < 4 ? ACCOUNT : 0);
	queues = tdx_page_array_create_iommu_mt_node(0, 5, SECOND_NODE, ACCOUNT);
	free_every(&taken, 1);
	for (i = 0; i < ARRAY_SIZE(arrays); i++)
		expect_on(test, arrays[i], SECOND_NODE, sizes_of_arrays[i]);
	expect_on(test, queues, SECOND_NODE, 2 + 5);
}

/* Creates an array while this task is bound to the second node, as by set_mempolicy(). */
static struct tdx_page_array *create_bound(unsigned int pages, unsigned int flags)
{
	static struct mempolicy second_node_alone;
	struct mempolicy *const before = current->mempolicy;
	struct tdx_page_array *array;

	second_node_alone = (struct mempolicy){
		.refcnt = ATOMIC_INIT(1),
		.mode = MPOL_BIND,
		.nodes = nodemask_of_node(SECOND_NODE),
		.home_node = NUMA_NO_NODE,
	};
	current->mempolicy = &second_node_alone;
	array = tdx_page_array_create_node(pages, ANY_NODE, flags);
	current->mempolicy = before;
	return array;
}

/* Every page, in blocks, or one by one if there are no blocks. */
static void the_policy_of_the_task_decides_where_no_node_is_asked_for(struct kunit *test)
{
	static const unsigned int pages[] = {1, 7, 700};
	struct tdx_page_array *arrays[ARRAY_SIZE(pages)], *singles;
	unsigned int i;
	LIST_HEAD(taken);

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		arrays[i] = create_bound(pages[i], ACCOUNT);
	take_second_node(&taken);
	KUNIT_EXPECT_GT(test, free_every(&taken, 2), 4000);
	singles = create_bound(1500, 0);
	free_every(&taken, 1);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		expect_on(test, arrays[i], SECOND_NODE, pages[i]);
	expect_on(test, singles, SECOND_NODE, 1500);
}

static void another_node_helps_out_when_one_is_exhausted(struct kunit *test)
{
	struct tdx_page_array *array, *range;
	LIST_HEAD(taken);

	take_second_node(&taken);
	array = tdx_page_array_create_node(5120, SECOND_NODE, 0);
	range = tdx_page_array_create_node(range_pages, SECOND_NODE, CONTIGUOUS);
	free_every(&taken, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	KUNIT_EXPECT_GT(test, pages_on(test, array, 0), 5000);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_on(test, range, 0, range_pages);
}

#if !CLEARS_RANGES
static void a_range_beyond_the_largest_block_is_out_of_reach(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_create_node(1025, ANY_NODE, CONTIGUOUS),
			    ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_contiguous_array_is_one_range_and_freed_to_its_last_page,
			 size_gen_params),
	KUNIT_CASE_PARAM(pages_come_from_the_node_that_was_asked_for, node_size_gen_params),
	KUNIT_CASE(a_contiguous_array_comes_from_the_node_that_was_asked_for),
	KUNIT_CASE(a_node_with_single_pages_only_can_be_used),
	KUNIT_CASE(the_policy_of_the_task_decides_where_no_node_is_asked_for),
	KUNIT_CASE(another_node_helps_out_when_one_is_exhausted),
#if !CLEARS_RANGES
	KUNIT_CASE(a_range_beyond_the_largest_block_is_out_of_reach),
#endif
	{},
};

TEST_SUITE("placement", harness_init, harness_exit);
