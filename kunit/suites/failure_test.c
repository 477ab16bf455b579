// SPDX-License-Identifier: GPL-2.0
/*
 * Whole lives of arrays with one SEAMCALL failing: each call of the life, each class of failure.
 * Whatever happens no page is lost, the judge is silent, and a second attempt works.
 */
#include "harness.h"

#define PAGES 5

struct fault {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
};

static const struct fault faults[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX, 1},
	{"refused after the fact", SEAM_INJECT_STATUS_AFTER, SEAM_OPERAND_INVALID | SEAM_RCX, 1},
	{"page metadata incorrect", SEAM_INJECT_STATUS, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 1},
	{"busy once", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, 1},
	{"busy for ever", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, 10},
	{"no entropy", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, 10},
	{"interrupted", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE, 1},
	{"fatal", SEAM_INJECT_STATUS, FATAL_STATUS, 1},
	{"unknown", SEAM_INJECT_STATUS, UNKNOWN_STATUS, 1},
	{"unknown after the fact", SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, 1},
	{"VMfailInvalid", SEAM_INJECT_VMFAILINVALID, 0, 1},
	{"SEAMRR is off", SEAM_INJECT_GP, 0, 1},
	{"VMX is off", SEAM_INJECT_UD, 0, 1},
};

KUNIT_ARRAY_PARAM_DESC(fault, faults, name);

static void plan(struct kunit *test, u16 leaf, u32 nth)
{
	const struct fault *fault = test->param_value;

	inject(test, FROM_CALL(leaf, nth, fault->times, fault->kind, fault->value));
}

/*
 * A driver's session from start to end; failing steps are tried once more, pages that cannot be had
 * back are given up.
 */
static void live_through_a_session(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	u64 session = 0;
	int error;

	set_spdm_pages(PAGES);
	if (tdx_tdh_spdm_create(0, array, &session))
		tdx_tdh_spdm_create(0, array, &session);
	if (session && tdx_tdh_spdm_delete(session, array))
		tdx_tdh_spdm_delete(session, array);
	error = tdx_page_array_release(array);
	if (error == -EBUSY || error == -EAGAIN)
		error = tdx_page_array_release(array);
	if (error == -EBUSY)
		error = tdx_page_array_leak(array);
	if (error)
		KUNIT_EXPECT_EQ(test, error, -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
	KUNIT_EXPECT_EQ(test, !!since_start(test).quarantined, error == -EUCLEAN);
}

/*
 * Nothing of it may hurt the next one: all pages are found again, and a life without faults leaves
 * nothing behind.
 */
static void expect_recovery(struct kunit *test)
{
	u64 taken;

	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
	taken = since_start(test).taken;
	live_through_a_session(test);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, taken + PAGES);
}

static void create_fails(struct kunit *test)
{
	plan(test, SEAM_SPDM_CREATE, 1);
	live_through_a_session(test);
	expect_recovery(test);
}

static void delete_fails(struct kunit *test)
{
	plan(test, SEAM_SPDM_DELETE, 1);
	live_through_a_session(test);
	expect_recovery(test);
}

static void write_back_fails(struct kunit *test)
{
	u32 nth;

	for (nth = 1; nth <= PAGES; nth++) {
		plan(test, SEAM_PHYMEM_PAGE_WBINVD, nth);
		kunit_warning_suppress(test) {
			live_through_a_session(test);
		}
		expect_recovery(test);
	}
}

static void asking_about_a_page_fails(struct kunit *test)
{
	u32 nth;

	for (nth = 1; nth <= PAGES; nth++) {
		inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
		plan(test, SEAM_PHYMEM_PAGE_RDMD, nth);
		live_through_a_session(test);
		expect_recovery(test);
	}
}

/*
 * Extension memory of three windows, one of which fails; the driver tries it once more and then
 * gives up.
 */
static void live_through_extensions(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1030);
	unsigned int offset;
	int window;
	u64 status = 0;

	for (offset = 0; offset < 1030 && !status; offset += window) {
		window = tdx_page_array_populate(array, offset);
		KUNIT_ASSERT_GT(test, window, 0);
		status = tdx_tdh_ext_mem_add(array);
		if (status)
			status = tdx_tdh_ext_mem_add(array);
	}
	if (!status && tdx_tdh_ext_init())
		tdx_tdh_ext_init();
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).taken,
			since_start(test).kept + since_start(test).freed);
}

static void adding_memory_fails(struct kunit *test)
{
	u32 nth;

	for (nth = 1; nth <= 3; nth++) {
		seam_emulator_reset();
		set_ext_pool(1030);
		plan(test, SEAM_EXT_MEM_ADD, nth);
		live_through_extensions(test);
	}
	/* And then it works. */
	seam_emulator_reset();
	set_ext_pool(1030);
	live_through_extensions(test);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 1);
}

static void starting_extensions_fails(struct kunit *test)
{
	set_ext_pool(1030);
	plan(test, SEAM_EXT_INIT, 1);
	live_through_extensions(test);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 1030);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(create_fails, fault_gen_params),
	KUNIT_CASE_PARAM(delete_fails, fault_gen_params),
	KUNIT_CASE_PARAM(write_back_fails, fault_gen_params),
	KUNIT_CASE_PARAM(asking_about_a_page_fails, fault_gen_params),
	KUNIT_CASE_PARAM(adding_memory_fails, fault_gen_params),
	KUNIT_CASE_PARAM(starting_extensions_fails, fault_gen_params),
	{},
};

TEST_SUITE("failures", harness_init, harness_exit);
