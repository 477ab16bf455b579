// SPDX-License-Identifier: GPL-2.0
/* Quotes of a TD, written to arrays of any size. */
#include "td.h"

#define QUOTE_ID    0x80000001
#define INPUT_BYTES PAGE_SIZE /* the longest input */

/* A TD that only has a TDR, and the page with the input of its quotes. */
struct quoted {
	struct td td;
	struct page *input;
};

static struct quoted start_td(struct kunit *test)
{
	set_ext_pool(0);
	assert_success(test, tdx_tdh_quote_init());
	return (struct quoted){td_make(test, TD_KEYID), make_page(test)};
}

/* Ends the TD and releases the array for its quotes. */
static void end_td(struct kunit *test, const struct quoted *quoted, struct tdx_page_array *output)
{
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(output), 0);
	td_tear_down(test, &quoted->td);
	td_release(test, &quoted->td);
}

static u64 get_quote(const struct quoted *quoted, struct tdx_page_array *output, u64 *bytes)
{
	return tdx_tdh_quote_get(tdx_page_array_page(quoted->td.tdr, 0), QUOTE_ID, quoted->input,
				 INPUT_BYTES, output, bytes);
}

static const unsigned int sizes[] = {1, 2, 510, 511, 512, 1022, 1023};
KUNIT_ARRAY_PARAM(size, sizes, describe_pages);

/* The content that the model writes: one byte value per page, derived from its index. */
static void expect_content(struct kunit *test, const u8 *quote, u32 bytes)
{
	u32 i, wrong = 0;

	for (i = 0; i < bytes; i++)
		wrong += quote[i] != (u8)(0x51 + i / PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/*
 * A node of the list has 511 pages; the model reads the whole list. T12 of docs/defects.md: the call is interrupted, and all
 * its output registers are overwritten.
 */
static void a_quote_fills_an_array_of_any_size_from_its_first_page_to_its_last(struct kunit *test)
{
	const unsigned int pages = *(const unsigned int *)test->param_value;
	const u32 size = pages * PAGE_SIZE - 100;
	struct tdx_page_array *array = make_array(test, pages);
	u8 *copy = kvmalloc(size + 1, GFP_KERNEL);
	struct quoted quoted = start_td(test);
	u64 bytes, list;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	CHANGE_CONFIG(quote_bytes, size);
	interrupt_and_overwrite(test, SEAM_QUOTE_GET);
	assert_success(test, get_quote(&quoted, array, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, size);
	list = last_register(SEAM_QUOTE_GET, SEAM_R10);
	EXPECT_INPUTS(test, SEAM_QUOTE_GET, quoted.td.tdr_hpa, 0xffffULL << 32 | QUOTE_ID,
		      page_to_phys(quoted.input), INPUT_BYTES, list, pages * PAGE_SIZE);
	KUNIT_EXPECT_NE(test, list, 0);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(list, PAGE_SIZE));
	copy[size] = 0xee;
	KUNIT_ASSERT_EQ(test, tdx_page_array_read(array, copy, size), 0);
	expect_content(test, copy, size);
	KUNIT_EXPECT_EQ(test, copy[size], 0xee);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(array, copy, size + 1), -EINVAL);
	end_td(test, &quoted, array);
	kvfree(copy);
}

/* The array was never private: it is freed without a write-back. Only the TDR is written back. */
static void an_array_too_small_for_the_quote_has_no_output_and_can_be_released(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 2);
	struct quoted quoted = start_td(test);
	u64 bytes;
	u8 byte;

	assert_success(test, get_quote(&quoted, array, &bytes));
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(array, &byte, 1), 0);
	CHANGE_CONFIG(quote_bytes, 2 * PAGE_SIZE + 1);
	bytes = 0x5a5a;
	KUNIT_EXPECT_EQ(test, get_quote(&quoted, array, &bytes), SEAM_OPERAND_INVALID | SEAM_R11);
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	/* That of the quote before is gone. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(array, &byte, 1), -EINVAL);
	end_td(test, &quoted, array);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_quote_fills_an_array_of_any_size_from_its_first_page_to_its_last,
			 size_gen_params),
	KUNIT_CASE(an_array_too_small_for_the_quote_has_no_output_and_can_be_released),
	{},
};

TEST_SUITE("quotes", harness_init, harness_exit);
