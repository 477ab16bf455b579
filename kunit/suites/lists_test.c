// SPDX-License-Identifier: GPL-2.0
/* The lists that the TDX module reads: windows of an array larger than one list page, and the queues of an IOMMU. */
#include "harness.h"

static void a_window_may_begin_anywhere(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1000);

	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 487), 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 489), 511);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 999), 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 1000), -EINVAL);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* The first window can be handed over at once: its list was not written before. */
static void each_window_lists_its_own_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1025);
	unsigned int offset, pages, i;
	const u64 *entries;
	u64 word;

	for (offset = 0; offset < 1025; offset += 512) {
		pages = min(1025 - offset, 512u);
		if (offset)
			KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, offset), pages);
		expect_success(test, tdx_tdh_ext_mem_add(array));
		word = last_register(SEAM_EXT_MEM_ADD, SEAM_RCX);
		entries = phys_to_virt(word & 0x000ffffffffff000ULL);
		KUNIT_EXPECT_EQ(test, word >> 55, pages - 1);
		for (i = 0; i < pages; i++)
			KUNIT_ASSERT_EQ(test, entries[i], hpa_of(test, array, offset + i));
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 1025);
}

/*
 * One entry for each queue, with its number of pages unless that is one, and for each single page. The model refuses queues
 * of other sizes than two pages, but reads the list before.
 */
static void the_list_of_an_iommu_has_one_entry_for_each_queue(struct kunit *test)
{
	static const struct {
		unsigned int order, singles;
	} shapes[] = {{0, 1}, {0, 510}, {1, 4}, {2, 5}, {4, 510}};
	unsigned int shape, i;
	u64 iommu;

	for (shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
		const unsigned int singles = shapes[shape].singles;
		const unsigned int queue = 1U << shapes[shape].order;
		const u64 count = queue > 1 ? queue : 0;
		struct tdx_page_array *array = make_iommu_mt(test, shapes[shape].order, singles);
		const u64 *list;

		answer_next(test, SEAM_IOMMU_SETUP, SEAM_OPERAND_INVALID | SEAM_RDX);
		KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(0xfed90000, array, &iommu),
				SEAM_OPERAND_INVALID | SEAM_RDX);
		list = phys_to_virt(last_register(SEAM_IOMMU_SETUP, SEAM_RDX));
		KUNIT_ASSERT_TRUE(test, IS_ALIGNED((unsigned long)list, PAGE_SIZE));
		KUNIT_EXPECT_EQ(test, list[0], hpa_of(test, array, 0) | count);
		KUNIT_EXPECT_EQ(test, list[1], hpa_of(test, array, queue) | count);
		for (i = 0; i < singles; i++)
			KUNIT_ASSERT_EQ(test, list[2 + i], hpa_of(test, array, 2 * queue + i));
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_window_may_begin_anywhere),
	KUNIT_CASE(each_window_lists_its_own_pages),
	KUNIT_CASE(the_list_of_an_iommu_has_one_entry_for_each_queue),
	{},
};

TEST_SUITE("lists", harness_init, harness_exit);
