// SPDX-License-Identifier: GPL-2.0
/*
 * A second caller that uses an array while the first caller is in the middle of a SEAMCALL. User space only, where a
 * hook runs at that moment; kunit/stress/handles.c has threads.
 */
#include "../suites/harness.h"
#include "platform.h"

static struct kunit *second_caller;
static struct tdx_page_array *in_use;

static void call_once(u16 leaf)
{
	struct kunit *test = second_caller;
	const u64 refused = TDX_PAGE_ARRAY_REFUSED | EBUSY;
	u64 session;
	u8 byte;

	platform_before_seamcall = NULL;
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(in_use, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(in_use, &byte, 0), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_map(in_use), ERR_PTR(-EBUSY));
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(in_use), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, in_use, &session), refused);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(0, in_use), refused);
	KUNIT_EXPECT_EQ(test, tdx_tdh_ext_mem_add(in_use), refused);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(in_use), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(in_use), -EBUSY);
	/* Constant properties can be read while the array is in use. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(in_use), 16);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, tdx_page_array_page(in_use, 15));
}

static void expect_second_caller_came(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, !platform_before_seamcall);
}

static void wait_for_a_seamcall(struct kunit *test, struct tdx_page_array *array)
{
	second_caller = test;
	in_use = array;
	platform_before_seamcall = call_once;
}

/* A refused call ends its use of the array, too. */
static void an_array_is_free_again_after_a_call_that_failed(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16);
	u64 session;

	set_spdm_pages(16);
	answer_next(test, SEAM_SPDM_CREATE, SEAM_OPERAND_INVALID | SEAM_RCX);
	wait_for_a_seamcall(test, array);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	expect_second_caller_came(test);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), 16);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_is_free_again_after_a_call_that_failed),
	{},
};

TEST_SUITE("callers", harness_init, harness_exit);
