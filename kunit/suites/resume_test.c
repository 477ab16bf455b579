// SPDX-License-Identifier: GPL-2.0
/* Interrupted calls: resumed with the module's output, abandoned if they make no progress. */
#include <linux/sched/signal.h>

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

/* A caller that is killed gives up at once; others wait for a minute (suite edge_storm). */
static void a_call_that_is_abandoned_leaves_its_pages_in_doubt(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);

	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE));
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_INTERRUPTED_RESUMABLE);
	flush_signals(current);
	disallow_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 8);
}

/* It does not wait for a busy module either; the pages are made safe afterwards. */
static void a_caller_that_is_killed_does_not_wait_for_a_busy_module(struct kunit *test)
{
	static const u64 statuses[] = {SEAM_OPERAND_BUSY | SEAM_RDX, SEAM_SYS_BUSY,
				       SEAM_INTERRUPTED_BUSY, SEAM_RND_NO_ENTROPY};
	struct tdx_page_array *array = make_array(test, 8);
	u64 session;
	u32 i;

	set_spdm_pages(8);
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, statuses[i]));
		allow_signal(SIGKILL);
		send_sig(SIGKILL, current, 1);
		KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), statuses[i]);
		flush_signals(current);
		disallow_signal(SIGKILL);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), i + 1);
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void a_resume_word_that_is_not_ours_is_not_used(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);

	set_interrupt_every(3);
	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_LIE, SEAM_LIE_WRONG_RESUME));
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
static void a_window_that_was_given_up_goes_on_where_the_module_waits(struct kunit *test)
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
	KUNIT_EXPECT_EQ(test, add_window(test, array, 512), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 520);
}

static void a_second_window_that_fails_leaves_the_first_with_the_module(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1300);

	expect_success(test, add_window(test, array, 0));
	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_STATUS,
			       SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, add_window(test, array, 512),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 512);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 788);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 512);
}

static void a_window_that_failed_can_be_added_again(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1024);

	expect_success(test, add_window(test, array, 0));
	inject(test,
	       NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX));
	KUNIT_EXPECT_NE(test, add_window(test, array, 512), SEAM_SUCCESS);
	expect_success(test, add_window(test, array, 512));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 1024);
}

/* Without a rollback the module keeps the pages before the bad one, and the host the others. */
static void a_window_that_was_taken_in_part_is_sorted_out_page_by_page(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 700);

	set_page_by_page(true);
	set_interrupt_every(200);
	expect_success(test, add_window(test, array, 0));
	inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_INTERRUPT, 60));
	inject(test,
	       NTH_CALL(SEAM_EXT_MEM_ADD, 2, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, add_window(test, array, 512), SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 512 + 60);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 128);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(memory_is_added_across_interruptions, step_gen_params),
	KUNIT_CASE(extensions_start_across_interruptions),
	KUNIT_CASE(a_call_that_makes_no_progress_is_resumed_until_it_does),
	KUNIT_CASE(a_call_that_is_abandoned_leaves_its_pages_in_doubt),
	KUNIT_CASE(a_caller_that_is_killed_does_not_wait_for_a_busy_module),
	KUNIT_CASE(a_resume_word_that_is_not_ours_is_not_used),
	KUNIT_CASE(a_resume_word_that_is_no_list_is_not_used),
	KUNIT_CASE(a_window_that_was_given_up_goes_on_where_the_module_waits),
	KUNIT_CASE(a_second_window_that_fails_leaves_the_first_with_the_module),
	KUNIT_CASE(a_window_that_failed_can_be_added_again),
	KUNIT_CASE(a_window_that_was_taken_in_part_is_sorted_out_page_by_page),
	{},
};

TEST_SUITE("resumption", harness_init, harness_exit);
