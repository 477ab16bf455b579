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

static const u16 starts[] = {SEAM_EXT_INIT, SEAM_QUOTE_INIT};
KUNIT_ARRAY_PARAM(start, starts, describe_leaf);

static void a_service_starts_across_interruptions(struct kunit *test)
{
	const u16 leaf = *(const u16 *)test->param_value;

	set_ext_pool(0);
	inject(test, FROM_CALL(leaf, 1, 5, SEAM_INJECT_INTERRUPT, 0));
	expect_success(test, leaf == SEAM_EXT_INIT ? tdx_tdh_ext_init() : tdx_tdh_quote_init());
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(leaf), 6);
}

/* An address of another page, and no list. */
static void a_resume_word_that_is_not_ours_is_not_used(struct kunit *test)
{
	static const struct {
		unsigned int kind;
		u64 value;
		u64 taken; /* pages that the module keeps: RDMD finds that the others are the host's */
	} words[] = {
		{SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_WRONG_RESUME, 3},
		{SEAM_INJECT_OUTPUTS, SEAM_INTERRUPTED_RESUMABLE, 0},
	};
	unsigned int i;

	set_interrupt_every(3);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		struct tdx_page_array *array = make_array(test, 8);
		const u64 kept = since_start(test).kept;

		inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, words[i].kind, words[i].value));
		EXPECT_WARNINGS(test, 1,
				KUNIT_EXPECT_EQ(test, add_window(test, array, 0),
						SEAM_INTERRUPTED_RESUMABLE));
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), i + 1);
		KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
		KUNIT_EXPECT_EQ(test, since_start(test).kept - kept, words[i].taken);
	}
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

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(memory_is_added_across_interruptions, step_gen_params),
	KUNIT_CASE_PARAM(a_service_starts_across_interruptions, start_gen_params),
	KUNIT_CASE(a_resume_word_that_is_not_ours_is_not_used),
	KUNIT_CASE(a_window_that_was_given_up_is_resumed_by_the_next_call),
	{},
};

TEST_SUITE("resumption", harness_init, harness_exit);
