// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the kernel: GFP flags of pages and descriptors, attributes of mappings, and that no mapping is left. Only in the
 * guest, which has a page allocator with flags, and a page table.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

#include "harness.h"
#include "probe.h"

#define MAX_REQUESTS 64

/* The requests of this task to the page allocator. */
static struct request {
	unsigned int order;
	gfp_t gfp;
} requests[MAX_REQUESTS];
static unsigned int request_count;
static struct task_struct *asker;

static void on_page_alloc(void *unused, struct page *page, unsigned int order, gfp_t gfp,
			  int migratetype)
{
	if (current != READ_ONCE(asker) || !in_task())
		return;
	if (request_count < MAX_REQUESTS)
		requests[request_count] = (struct request){order, gfp};
	request_count++;
}

static struct probe allocations = {"mm_page_alloc", on_page_alloc};

static void record_requests(struct kunit *test)
{
	request_count = 0;
	WRITE_ONCE(asker, current);
	attach_probe(test, &allocations);
}

/*
 * No page of an array is movable, zeroed or from a reserve; an allocation failure neither calls the OOM killer nor warns.
 * There is no reclaim for a large block.
 */
static void expect_flags(struct kunit *test, const struct request *request, bool account,
			 bool is_large)
{
	const gfp_t never = __GFP_MOVABLE | __GFP_RECLAIMABLE | __GFP_ZERO | __GFP_HIGH |
			    __GFP_MEMALLOC | __GFP_DMA | __GFP_DMA32 | __GFP_NOFAIL | __GFP_COMP;
	const gfp_t gfp = request->gfp;

	KUNIT_EXPECT_FALSE_MSG(test, gfp & never, "order %u: gfp %#x", request->order, gfp);
	KUNIT_EXPECT_TRUE_MSG(test, gfp & __GFP_NOWARN, "order %u: gfp %#x", request->order, gfp);
	KUNIT_EXPECT_TRUE_MSG(test, gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL),
			      "order %u: the OOM killer may be called, gfp %#x", request->order,
			      gfp);
	KUNIT_EXPECT_EQ_MSG(test, !!(gfp & __GFP_ACCOUNT), account, "order %u: gfp %#x",
			    request->order, gfp);
	KUNIT_EXPECT_EQ_MSG(test, !(gfp & __GFP_RECLAIM), is_large, "order %u: gfp %#x",
			    request->order, gfp);
}

/* An array makes one request for its block; slabs may request pages for its descriptor before that. */
static void expect_array(struct kunit *test, unsigned int pages, unsigned int flags, bool is_large)
{
	struct tdx_page_array *array;
	unsigned int order = ilog2(pages), i, found = 0;

	request_count = 0;
	array = tdx_page_array_create_node(pages, TDX_PAGE_ARRAY_ANY_NODE, flags);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	KUNIT_ASSERT_LE(test, request_count, MAX_REQUESTS);
	for (i = 0; i < request_count; i++) {
		/* Slab pages are compound. */
		if (requests[i].order != order || requests[i].gfp & __GFP_COMP)
			continue;
		found++;
		expect_flags(test, &requests[i], flags & TDX_PAGE_ARRAY_ACCOUNT, is_large);
	}
	KUNIT_EXPECT_EQ_MSG(test, found, 1, "%u pages, flags %u", pages, flags);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* A block that must be contiguous may be reclaimed for. Other single pages are taken in bulk. */
static void blocks_are_asked_for_with_the_flags_that_fit(struct kunit *test)
{
	static const unsigned int flags[] = {0, TDX_PAGE_ARRAY_ACCOUNT};
	unsigned int order, i;

	record_requests(test);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		for (order = 0; order <= 9; order++) {
			expect_array(test, 1 << order, flags[i] | TDX_PAGE_ARRAY_CONTIGUOUS, false);
			if (order)
				expect_array(test, 1 << order, flags[i], true);
		}
}

static pteval_t flags_of(struct kunit *test, const void *address)
{
	unsigned int level;
	const pte_t *entry = lookup_address((unsigned long)address, &level);

	KUNIT_ASSERT_NOT_NULL(test, entry);
	KUNIT_EXPECT_EQ(test, level, PG_LEVEL_4K);
	return pte_flags(*entry);
}

/* Attributes as in the direct map: cached, writable, not executable, supervisor. */
static void a_mapping_has_the_attributes_of_kernel_memory(struct kunit *test)
{
	const pteval_t mask = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_PWT | _PAGE_PCD |
			      _PAGE_PAT | _PAGE_GLOBAL | _PAGE_NX;
	struct tdx_page_array *array = make_array(test, 3);
	u8 *address = tdx_page_array_map(array);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, address);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, flags_of(test, address + i * PAGE_SIZE) & mask,
				pgprot_val(PAGE_KERNEL) & __default_kernel_pte_mask & mask);
		KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page(address + i * PAGE_SIZE),
				    tdx_page_array_page(array, i));
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(array), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(address + i * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(blocks_are_asked_for_with_the_flags_that_fit),
	KUNIT_CASE(a_mapping_has_the_attributes_of_kernel_memory),
	{},
};

TEST_SUITE("context", harness_init, harness_exit);
