// SPDX-License-Identifier: GPL-2.0
/* Defects of the posted series when pages are encoded and handed over (docs/defects.md). */

#include "objects.h"
#include "td.h"

KUNIT_ARRAY_PARAM_DESC(object_kind, object_kinds, name);

/*
 * T5 and T9 of docs/defects.md: the module may have written to the pages before it refused, also if
 * it stays BUSY, as for a page that is listed twice.
 */
static void pages_of_a_failing_create_are_written_back_before_they_are_freed(struct kunit *test)
{
	static const u64 statuses[] = {SEAM_OPERAND_INVALID | SEAM_RCX,
				       SEAM_OPERAND_BUSY | SEAM_RDX};
	struct object object;
	unsigned int busy;

	for (busy = 0; busy < ARRAY_SIZE(statuses); busy++) {
		const u64 write_backs = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);

		make_object_array(test, test->param_value, &object);
		inject(test, FROM_CALL(object.kind->create_leaf, 1, busy ? WRAPPER_TRIES : 1,
				       SEAM_INJECT_STATUS, statuses[busy]));
		KUNIT_EXPECT_EQ(test, object.kind->create(&object), statuses[busy]);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), 0);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD) - write_backs,
				OBJECT_PAGES);
		end_surroundings(&object);
	}
}

struct end {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
	bool goes_on; /* the module still expects the resumption */
};

static const struct end ends[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX, 1, false},
	{"always busy", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, WRAPPER_TRIES, true},
	{"no module", SEAM_INJECT_VMFAILINVALID, 0, 1, true},
	{"VMX is off", SEAM_INJECT_UD, 0, 1, true},
	{"unknown", SEAM_INJECT_STATUS, UNKNOWN_STATUS, 1, false},
};

KUNIT_ARRAY_PARAM_DESC(end, ends, name);

static struct tdx_page_array *interrupt_setup(struct kunit *test)
{
	const struct end *end = test->param_value;
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);
	u64 iommu = 0;

	set_interrupt_every(3);
	inject(test, FROM_CALL(SEAM_IOMMU_SETUP, 2, end->times, end->kind, end->value));
	KUNIT_EXPECT_NE(test, tdx_tdh_iommu_setup(OBJECT_REG_BASE, array, &iommu), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, iommu, 0);
	return array;
}

/*
 * T10 of docs/defects.md: from the first interruption on the module owns all pages. A call that was
 * not executed or busy changes nothing: the next one resumes the first.
 */
static void a_setup_that_was_interrupted_goes_on_or_is_in_doubt(struct kunit *test)
{
	const struct end *end = test->param_value;
	struct tdx_page_array *array = interrupt_setup(test);
	u64 iommu;

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), end->goes_on ? -EBUSY : -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	if (end->goes_on) {
		assert_success(test, tdx_tdh_iommu_setup(OBJECT_REG_BASE, array, &iommu));
		end_iommu(test, iommu, array);
	}
	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, OBJECT_PAGES);
}

/* T10 of docs/defects.md */
static void a_setup_that_was_interrupted_and_given_up_frees_no_page(struct kunit *test)
{
	struct tdx_page_array *array = interrupt_setup(test);

	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, OBJECT_PAGES);
	empty_quarantine(test);
}

/* How a call fails: with output registers that differ from the inputs, and with unchanged ones. */
static const struct failure {
	const char *name;
	unsigned int kind;
	u64 value;
} failures[] = {
	{"refused", SEAM_INJECT_OUTPUTS, SEAM_OPERAND_INVALID | SEAM_RCX},
	{"fatal", SEAM_INJECT_OUTPUTS, FATAL_STATUS},
	{"no module", SEAM_INJECT_VMFAILINVALID},
	{"SEAMRR is off", SEAM_INJECT_GP},
	{"VMX is off", SEAM_INJECT_UD},
};

KUNIT_ARRAY_PARAM_DESC(failure, failures, name);

static void plan_failure(struct kunit *test, u16 leaf)
{
	const struct failure *failure = test->param_value;

	inject(test, NEXT_CALL(leaf, failure->kind, failure->value));
}

static void expect_no_output(struct kunit *test, const char *call, u64 status, const u64 *out)
{
	KUNIT_EXPECT_TRUE_MSG(test, status, "%s", call);
	KUNIT_EXPECT_EQ_MSG(test, *out, 0x5a5a, "%s", call);
}

#define EXPECT_NO_OUTPUT(TEST, OUT, LEAF, CALL) \
	do { \
		plan_failure(TEST, LEAF); \
		expect_no_output(TEST, #CALL, CALL, &(OUT)); \
	} while (0)

/* T11 of docs/defects.md: each leaf whose function has outputs. */
static void a_call_that_fails_writes_no_output(struct kunit *test)
{
	struct tdx_page_array *session_mt = make_array(test, 2), *stream_mt = make_array(test, 2),
			      *iommu_mt = make_iommu_mt(test, 1, 4), *output = make_array(test, 2);
	const struct tdx_ide_stream stream = {};
	struct page *page = make_page(test);
	u64 out = 0x5a5a, second_out = 0xa5a5;

	EXPECT_NO_OUTPUT(test, out, SEAM_SYS_RD, tdx_tdh_sys_rd(0x0a00000300000008ULL, &out));
	EXPECT_NO_OUTPUT(test, out, SEAM_IOMMU_SETUP,
			 tdx_tdh_iommu_setup(OBJECT_REG_BASE, iommu_mt, &out));
	EXPECT_NO_OUTPUT(test, out, SEAM_SPDM_CREATE, tdx_tdh_spdm_create(0, session_mt, &out));
	EXPECT_NO_OUTPUT(test, out, SEAM_SPDM_CONNECT,
			 tdx_tdh_spdm_connect(1, page, page, page, output, &out));
	EXPECT_NO_OUTPUT(test, out, SEAM_SPDM_DISCONNECT,
			 tdx_tdh_spdm_disconnect(1, page, page, &out));
	EXPECT_NO_OUTPUT(
		test, out, SEAM_SPDM_MNG,
		tdx_tdh_spdm_mng(1, TDX_SPDM_MNG_RECOLLECT, NULL, page, page, output, &out));
	EXPECT_NO_OUTPUT(test, out, SEAM_IDE_STREAM_CREATE,
			 tdx_tdh_ide_stream_create(1, &stream, stream_mt, &out, &second_out));
	EXPECT_NO_OUTPUT(test, out, SEAM_IDE_STREAM_KM,
			 tdx_tdh_ide_stream_km(1, 1, TDX_IDE_KM_SETUP, page, page, &out));
	EXPECT_NO_OUTPUT(test, out, SEAM_QUOTE_GET,
			 tdx_tdh_quote_get(page, 0, page, 64, output, &out));
	KUNIT_EXPECT_EQ(test, second_out, 0xa5a5);
	expect_released(test, session_mt, stream_mt, iommu_mt, output);
}

/* T12 of docs/defects.md. The other leaves that can be interrupted: suites service and quotes. */
static void an_iommu_is_set_up_and_cleared_with_its_original_inputs(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);
	u64 iommu;

	interrupt_and_overwrite(test, SEAM_IOMMU_SETUP);
	expect_success(test, tdx_tdh_iommu_setup(OBJECT_REG_BASE, array, &iommu));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IOMMU_SETUP, SEAM_RCX), OBJECT_REG_BASE);
	interrupt_and_overwrite(test, SEAM_IOMMU_CLEAR);
	expect_success(test, tdx_tdh_iommu_clear(iommu, array));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IOMMU_CLEAR, SEAM_RCX), iommu);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_of_a_failing_create_are_written_back_before_they_are_freed,
			 object_kind_gen_params),
	KUNIT_CASE_PARAM(a_setup_that_was_interrupted_goes_on_or_is_in_doubt, end_gen_params),
	KUNIT_CASE_PARAM(a_setup_that_was_interrupted_and_given_up_frees_no_page, end_gen_params),
	KUNIT_CASE_PARAM(a_call_that_fails_writes_no_output, failure_gen_params),
	KUNIT_CASE(an_iommu_is_set_up_and_cleared_with_its_original_inputs),
	{},
};

TEST_SUITE("defects_hand_over", harness_init, harness_exit);
