// SPDX-License-Identifier: GPL-2.0
/* The model's TDX Connect: calls that are interrupted, or that wait for a message. */
#include "raw.h"

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
	{},
};

TEST_SUITE("model_connect", harness_init, harness_exit);
