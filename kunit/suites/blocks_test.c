// SPDX-License-Identifier: GPL-2.0
/*
 * How blocks are freed: as a whole, as they were allocated; a block is split only if one of its
 * pages has to stay.
 */
#include "frees.h"

#define ORDER 9

/* An array of a single block. */
static struct tdx_page_array *make_block(struct kunit *test, unsigned int order)
{
	struct tdx_page_array *array = tdx_page_array_create_node(
		1 << order, TDX_PAGE_ARRAY_ANY_NODE, TDX_PAGE_ARRAY_CONTIGUOUS);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	return array;
}

/* A block of the largest order is never handed over: it has more pages than an object. */
static void a_block_of_which_no_page_stays_is_given_back_whole(struct kunit *test)
{
	unsigned int order;

	record_frees(test);
	for (order = ORDER; order <= ORDER + 1; order++) {
		struct tdx_page_array *array = make_block(test, order);
		const u64 first = hpa_of(test, array, 0), pages = 1 << order;

		if (order == ORDER)
			hand_over_and_back(test, array);
		record_frees_again();
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
		KUNIT_EXPECT_EQ(test, blocks_freed(test, first, pages, order), 1);
		KUNIT_EXPECT_EQ(test, pages_freed(test, first, pages), pages);
	}
}

static const unsigned int bad_pages[] = {0, 1, 17, 255, 256, 383};

static void describe(const unsigned int *bad, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "page %u", *bad);
}
KUNIT_ARRAY_PARAM(bad_page, bad_pages, describe);

/* 384 pages are one block of 256, and one of 128. */
static void the_others_of_a_block_are_freed_one_by_one_when_a_page_stays(struct kunit *test)
{
	const unsigned int bad = *(const unsigned int *)test->param_value;
	const bool in_second = bad >= 256;
	struct tdx_page_array *array = make_array(test, 384);
	const u64 first = hpa_of(test, array, 0), second = hpa_of(test, array, 256);
	const u64 stays = hpa_of(test, array, bad);

	record_frees(test);
	release_with_bad_page(test, array, bad);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 384);
	KUNIT_EXPECT_EQ(test, blocks_freed(test, first, 256, 0), in_second ? 0 : 255);
	KUNIT_EXPECT_EQ(test, blocks_freed(test, first, 256, 8), in_second);
	KUNIT_EXPECT_EQ(test, blocks_freed(test, second, 128, 0), in_second ? 127 : 0);
	KUNIT_EXPECT_EQ(test, blocks_freed(test, second, 128, 7), !in_second);
	KUNIT_EXPECT_EQ(test, pages_freed(test, stays, 1), 0);

	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, blocks_freed(test, stays, 1, 0), 1);
}

static void a_block_of_which_the_module_keeps_a_part_is_split(struct kunit *test)
{
	struct tdx_page_array *array = make_block(test, 10);
	const u64 first = hpa_of(test, array, 0), rest = hpa_of(test, array, 512);

	set_ext_pool(1024);
	assert_success(test, add_window(test, array, 0));
	record_frees(test);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, pages_freed(test, first, 512), 0);
	KUNIT_EXPECT_EQ(test, blocks_freed(test, rest, 512, 0), 512);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 512);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_block_of_which_no_page_stays_is_given_back_whole),
	KUNIT_CASE_PARAM(the_others_of_a_block_are_freed_one_by_one_when_a_page_stays,
			 bad_page_gen_params),
	KUNIT_CASE(a_block_of_which_the_module_keeps_a_part_is_split),
	{},
};

TEST_SUITE("blocks", harness_init, harness_exit);
