// SPDX-License-Identifier: GPL-2.0
/* Interrupted calls: resumed with the module's output, abandoned if they make no progress. */
#include "harness.h"

static const unsigned int steps[] = {1, 7, 100, 511};

static void describe_step(const unsigned int *step, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "every %u entries", *step);
}
KUNIT_ARRAY_PARAM(step, steps, describe_step);

/* The judge would report a resumption with another operand than the module returned. */
static void memory_is_added_across_interruptions(struct kunit *test)
{
	const unsigned int step = *(const unsigned int *)test->param_value;
	struct tdx_page_array *array = make_array(test, 1024);

	set_ext_pool(1024);
	set_interrupt_every(step);
	expect_success(test, add_window(test, array, 0));
	expect_success(test, add_window(test, array, 512));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 2 * DIV_ROUND_UP(512, step));
	expect_success(test, tdx_tdh_ext_init());
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 1024);
}

static void extensions_start_across_interruptions(struct kunit *test)
{
	set_ext_pool(0);
	inject(test, FROM_CALL(SEAM_EXT_INIT, 1, 5, SEAM_INJECT_INTERRUPT, 0));
	expect_success(test, tdx_tdh_ext_init());
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 6);
}

static void a_call_that_makes_no_progress_is_resumed_until_it_does(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);

	inject(test,
	       FROM_CALL(SEAM_EXT_MEM_ADD, 1, 50, SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE));
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 51);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
}

static void a_resume_word_that_is_not_ours_is_not_used(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);

	set_interrupt_every(3);
	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_WRONG_RESUME));
	EXPECT_WARNINGS(
		test, 1,
		KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_INTERRUPTED_RESUMABLE));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 1);
	/* The module keeps the three pages that it took. RDMD finds that the others are the host's. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 3);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 5);
}

static void a_resume_word_that_is_no_list_is_not_used(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);

	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_OUTPUTS, SEAM_INTERRUPTED_RESUMABLE));
	EXPECT_WARNINGS(
		test, 1,
		KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_INTERRUPTED_RESUMABLE));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 1);
	/* All pages are in doubt: RDMD finds that each is the host's. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 8);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 8);
}

/* VMX is off during the second call; afterwards the module still expects the resumption. */
static void a_window_that_was_given_up_is_resumed_by_the_next_call(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 520);
	u64 list;

	set_interrupt_every(3);
	inject(test, NTH_CALL(SEAM_EXT_MEM_ADD, 2, SEAM_INJECT_UD, 0));
	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(add_window(test, array, 0)), -EACCES);
	list = last_register(SEAM_EXT_MEM_ADD, SEAM_RCX);
	set_interrupt_every(0);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_EXT_MEM_ADD, SEAM_RCX), list);
	/* The next window is not a resumption. */
	expect_success(test, add_window(test, array, 512));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 520);
}

static void a_second_window_that_fails_leaves_the_first_with_the_module(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1300);

	expect_success(test, add_window(test, array, 0));
	answer_next(test, SEAM_EXT_MEM_ADD, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, add_window(test, array, 512),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 512);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 788);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 512);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(memory_is_added_across_interruptions, step_gen_params),
	KUNIT_CASE(extensions_start_across_interruptions),
	KUNIT_CASE(a_call_that_makes_no_progress_is_resumed_until_it_does),
	KUNIT_CASE(a_resume_word_that_is_not_ours_is_not_used),
	KUNIT_CASE(a_resume_word_that_is_no_list_is_not_used),
	KUNIT_CASE(a_window_that_was_given_up_is_resumed_by_the_next_call),
	KUNIT_CASE(a_second_window_that_fails_leaves_the_first_with_the_module),
	{},
};

TEST_SUITE("resumption", harness_init, harness_exit);
