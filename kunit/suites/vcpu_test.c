// SPDX-License-Identifier: GPL-2.0
/* A TD with a virtual processor: a teardown that fails and is repaired; its CPU and its fields. */
#include "raw.h"
#include "td.h"

#define TDCX_PAGES	   5
#define ALL_PAGES	   (1 + TDCS_PAGES + 1 + TDCX_PAGES)
#define POSTED_INTR_NV	   0x0002
#define SHARED_EPT_POINTER 0x203C
#define PIN_BASED	   0x4000

struct vcpu {
	struct td td;
	struct tdx_page_array *tdcs, *tdvpr, *tdcx;
	u64 tdvpr_hpa;
};

/* An initialised TD whose virtual processor is associated with CPU 0. */
static struct vcpu make_vcpu(struct kunit *test)
{
	struct vcpu vcpu = {td_make(test, TD_KEYID), make_array(test, TDCS_PAGES),
			    make_array(test, 1), make_array(test, TDCX_PAGES)};
	unsigned int i;

	td_add_all(test, &vcpu.td, vcpu.tdcs);
	td_initialise(test, &vcpu.td);
	vcpu.tdvpr_hpa = hpa_of(test, vcpu.tdvpr, 0);
	assert_success(test, tdx_tdh_vp_create(vcpu.td.tdr, vcpu.tdvpr));
	for (i = 0; i < TDCX_PAGES; i++)
		assert_success(test, tdx_tdh_vp_addcx(vcpu.tdvpr, vcpu.tdcx));
	assert_success(test, raw_leaf_on(0, SEAM_VP_INIT, vcpu.tdvpr_hpa, 0));
	return vcpu;
}

static void end_vcpu(struct kunit *test, const struct vcpu *vcpu)
{
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, vcpu->tdvpr_hpa, 0));
	td_tear_down(test, &vcpu->td);
	expect_released(test, vcpu->tdcx, vcpu->tdvpr, vcpu->tdcs, vcpu->td.tdr);
}

/* One step of the release of a KeyID that fails, so that the module keeps the pages of the TD. */
static const u16 steps[] = {
	SEAM_VP_FLUSH,
	SEAM_MNG_VPFLUSHDONE,
	SEAM_PHYMEM_CACHE_WB,
	SEAM_MNG_KEY_FREEID,
};
KUNIT_ARRAY_PARAM(step, steps, describe_leaf);

static u64 release_keyid(const struct vcpu *vcpu)
{
	raw_leaf_on(0, SEAM_VP_FLUSH, vcpu->tdvpr_hpa, 0);
	raw_leaf(SEAM_MNG_VPFLUSHDONE, vcpu->td.tdr_hpa, 0);
	raw_cache_wb();
	return raw_leaf(SEAM_MNG_KEY_FREEID, vcpu->td.tdr_hpa, 0);
}

static void pages_of_a_td_that_keeps_its_key_stay_in_quarantine(struct kunit *test)
{
	const u16 step = *(const u16 *)test->param_value;
	struct vcpu vcpu = make_vcpu(test);
	struct tdx_page_array *arrays[] = {vcpu.tdcx, vcpu.tdvpr, vcpu.tdcs, vcpu.td.tdr};
	unsigned int i;

	answer_next(test, step, UNKNOWN_STATUS);
	KUNIT_EXPECT_NE(test, release_keyid(&vcpu), SEAM_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(arrays[i]), -EBUSY);
		KUNIT_EXPECT_EQ(test, tdx_page_array_leak(arrays[i]), -EUCLEAN);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, ALL_PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);

	/* After a repair of the teardown the pages come back. */
	expect_success(test, release_keyid(&vcpu));
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), ALL_PAGES);

	/* Nothing of it is left in the TDX module: another TD comes and goes. */
	vcpu = make_vcpu(test);
	end_vcpu(test, &vcpu);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* Accessing a field associates the virtual processor, like VP.ENTER. Both CPUs may be in one package. */
static void a_vcpu_is_associated_with_one_logical_processor(struct kunit *test)
{
	const struct vcpu vcpu = make_vcpu(test);

	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_RD, vcpu.tdvpr_hpa, PIN_BASED),
			SEAM_VCPU_ASSOCIATED);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_FLUSH, vcpu.tdvpr_hpa, 0),
			SEAM_VCPU_NOT_ASSOCIATED);
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, vcpu.tdvpr_hpa, 0));
	expect_success(test, raw_leaf_on(1, SEAM_VP_RD, vcpu.tdvpr_hpa, PIN_BASED));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, vcpu.td.tdr_hpa, 0),
			SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_leaf_on(1, SEAM_VP_FLUSH, vcpu.tdvpr_hpa, 0));
	td_tear_down(test, &vcpu.td);
	expect_released(test, vcpu.tdcx, vcpu.tdvpr, vcpu.tdcs, vcpu.td.tdr);
}

/* On the CPU that the virtual processor is associated with. */
static u64 field_leaf(const struct vcpu *vcpu, u16 leaf, u64 field, u64 mask, u64 *value)
{
	struct tdx_shim_registers registers = {
		.rcx = vcpu->tdvpr_hpa, .rdx = field, .r8 = *value, .r9 = mask};
	const u64 status = raw_call_on(0, leaf, &registers);

	*value = registers.r8;
	return status;
}

static void a_field_keeps_the_bits_that_are_written(struct kunit *test)
{
	const u64 keyid = (u64)TD_KEYID << config_now().address_bits;
	const struct {
		u16 leaf;
		u64 field, mask, value, status, result;
	} calls[] = {
		{SEAM_VP_WR, POSTED_INTR_NV, 0xFFFF, 0xE2, SEAM_SUCCESS, 0},
		{SEAM_VP_WR, POSTED_INTR_NV, 0x0F, 0x0F, SEAM_SUCCESS, 0xE2},
		{SEAM_VP_RD, POSTED_INTR_NV, 0, ~0ULL, SEAM_SUCCESS, 0xEF},
		/* Its address has no private KeyID. */
		{SEAM_VP_WR, SHARED_EPT_POINTER, ~0ULL, keyid, SEAM_METADATA_VALUE_NOT_VALID, 0},
		{SEAM_VP_WR, SHARED_EPT_POINTER, ~0ULL, PAGE_SIZE, SEAM_SUCCESS, 0},
		{SEAM_VP_RD, SHARED_EPT_POINTER, 0, ~0ULL, SEAM_SUCCESS, PAGE_SIZE},
		{SEAM_VP_RD, PIN_BASED + 1, 0, ~0ULL, SEAM_METADATA_ID_INCORRECT, 0},
	};
	const struct vcpu vcpu = make_vcpu(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		u64 value = calls[i].value;

		KUNIT_EXPECT_EQ_MSG(
			test,
			field_leaf(&vcpu, calls[i].leaf, calls[i].field, calls[i].mask, &value),
			calls[i].status, "call %u", i);
		KUNIT_EXPECT_EQ_MSG(test, value, calls[i].result, "call %u", i);
	}
	end_vcpu(test, &vcpu);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_of_a_td_that_keeps_its_key_stay_in_quarantine, step_gen_params),
	KUNIT_CASE(a_vcpu_is_associated_with_one_logical_processor),
	KUNIT_CASE(a_field_keeps_the_bits_that_are_written),
	{},
};

TEST_SUITE("vcpus", harness_init, harness_exit);
