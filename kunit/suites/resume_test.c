// SPDX-License-Identifier: GPL-2.0
/* Interrupted calls: resumed with the module's output, abandoned if they make no progress. */
#include "raw.h"

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

/*
 * The model requires the inputs of the first call. R12 to R14 belong to the host's calling function
 * and may change between the calls.
 */
static void an_interrupted_setup_has_to_be_resumed_with_its_inputs(struct kunit *test)
{
	struct tdx_shim_registers inputs = {.rcx = 0xfed90000, .r12 = 1, .r13 = 2, .r14 = 3}, out;
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);
	const u64 refused = SEAM_OPERAND_INVALID | SEAM_RCX;
	u64 iommu;

	/* The core makes the list and, at the end, the pages safe. */
	answer_next(test, SEAM_IOMMU_SETUP, refused);
	KUNIT_ASSERT_EQ(test, tdx_tdh_iommu_setup(inputs.rcx, array, &iommu), refused);
	inputs.rdx = last_register(SEAM_IOMMU_SETUP, SEAM_RDX);
	set_interrupt_every(5);
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out), SEAM_INTERRUPTED_RESUMABLE);
	out = inputs;
	out.rdx += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_SETUP, &out),
			config_now().invalid_resumption ? SEAM_INVALID_RESUMPTION
							: SEAM_OPERAND_INVALID | SEAM_RDX);
	expect_findings(test, 1, SEAM_CHANGED_RESUME);
	out = inputs;
	out.r12 = out.r13 = out.r14 = 4;
	expect_success(test, raw_call(SEAM_IOMMU_SETUP, &out));
	/* An interrupted CLEAR returns the same status as an interrupted SETUP. */
	inputs.rcx = out.rcx;
	memset(phys_to_virt(inputs.rdx), 0xff, PAGE_SIZE);
	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_IOMMU_CLEAR, &out), SEAM_INTERRUPTED_RESUMABLE);
	out = inputs;
	expect_success(test, raw_call(SEAM_IOMMU_CLEAR, &out));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* The first call of CONNECT returns @status; the next one has another request page. */
static void connect_anew(struct kunit *test, u64 status)
{
	const u64 page = page_to_phys(make_page(test));
	struct tdx_shim_registers inputs = {.rdx = page, .r8 = page, .r9 = page, .r10 = page}, out;
	struct tdx_page_array *metadata = make_session(test, 3, &inputs.rcx);

	out = inputs;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &out), status);
	if (status == SEAM_INTERRUPTED_RESUMABLE) {
		answer_next(test, SEAM_SPDM_CONNECT, FATAL_STATUS);
		out = inputs;
		KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &out), FATAL_STATUS);
	}
	out = inputs;
	out.r9 = page_to_phys(make_page(test));
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CONNECT, &out), status);
	end_session(test, inputs.rcx, metadata);
}

/* The device does not answer, or an error ends an interrupted call. */
static void an_operation_may_be_begun_anew(struct kunit *test)
{
	set_ext_pool(0);
	connect_anew(test, SEAM_SPDM_REQUEST);
	set_interrupt_every(1);
	connect_anew(test, SEAM_INTERRUPTED_RESUMABLE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_interrupted_setup_has_to_be_resumed_with_its_inputs),
	KUNIT_CASE(an_operation_may_be_begun_anew),
	KUNIT_CASE_PARAM(memory_is_added_across_interruptions, step_gen_params),
	KUNIT_CASE_PARAM(a_service_starts_across_interruptions, start_gen_params),
	KUNIT_CASE(a_resume_word_that_is_not_ours_is_not_used),
	KUNIT_CASE(a_window_that_was_given_up_is_resumed_by_the_next_call),
	{},
};

TEST_SUITE("resumption", harness_init, harness_exit);
