// SPDX-License-Identifier: GPL-2.0
/* The calls of the patched KVM, in its order: a teardown that fails and is repaired; CPUs and fields of a vCPU. */
#include "kvm.h"
#include "raw.h"

#define KEYID		   33
#define POSTED_INTR_NV	   0x0002
#define SHARED_EPT_POINTER 0x203C
#define PIN_BASED	   0x4000

/* One step of the release of a KeyID that fails, so that the module keeps the pages of the TD. */
static const u16 steps[] = {
	SEAM_VP_FLUSH,
	SEAM_MNG_VPFLUSHDONE,
	SEAM_PHYMEM_CACHE_WB,
	SEAM_MNG_KEY_FREEID,
};
KUNIT_ARRAY_PARAM(step, steps, describe_leaf);

static void pages_of_a_td_that_keeps_its_key_stay_in_quarantine(struct kunit *test)
{
	const u16 step = *(const u16 *)test->param_value;
	struct kvm_td_vcpu vcpu = KVM_NO_VCPU;
	struct kvm_td td = KVM_NO_TD;

	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
	answer_next(test, step, UNKNOWN_STATUS);
	kvm_td_destroy(&td, &vcpu, 1);
	KUNIT_EXPECT_EQ(test, td.hkid, KEYID);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, KVM_TD_PAGES + KVM_VCPU_PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);

	/* After a repair of the teardown the pages come back. */
	raw_leaf_on(0, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0);
	raw_leaf(SEAM_MNG_VPFLUSHDONE, td.tdr_pa, 0);
	raw_cache_wb();
	expect_success(test, raw_leaf(SEAM_MNG_KEY_FREEID, td.tdr_pa, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), KVM_TD_PAGES + KVM_VCPU_PAGES);

	/* Nothing of it is left in the TDX module: another TD comes and goes. */
	vcpu = KVM_NO_VCPU;
	td = KVM_NO_TD;
	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
	kvm_td_destroy(&td, &vcpu, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* Accessing a field associates the virtual processor, like VP.ENTER. Both CPUs may be in one package. */
static void a_vcpu_is_associated_with_one_logical_processor(struct kunit *test)
{
	struct kvm_td_vcpu vcpu = KVM_NO_VCPU;
	struct kvm_td td = KVM_NO_TD;

	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_RD, vcpu.tdvpr_pa, PIN_BASED),
			SEAM_VCPU_ASSOCIATED);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0),
			SEAM_VCPU_NOT_ASSOCIATED);
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0));
	expect_success(test, raw_leaf_on(1, SEAM_VP_RD, vcpu.tdvpr_pa, PIN_BASED));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, td.tdr_pa, 0), SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_leaf_on(1, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0));
	kvm_td_destroy(&td, &vcpu, 1);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
}

/* On the CPU that the virtual processor is associated with. */
static u64 field_leaf(const struct kvm_td_vcpu *vcpu, u16 leaf, u64 field, u64 mask, u64 *value)
{
	struct tdx_shim_registers registers = {
		.rcx = vcpu->tdvpr_pa, .rdx = field, .r8 = *value, .r9 = mask};
	const u64 status = raw_call_on(0, leaf, &registers);

	*value = registers.r8;
	return status;
}

static void a_field_keeps_the_bits_that_are_written(struct kunit *test)
{
	const u64 keyid = (u64)KEYID << config_now().address_bits;
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
	struct kvm_td_vcpu vcpu = KVM_NO_VCPU;
	struct kvm_td td = KVM_NO_TD;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		u64 value = calls[i].value;

		KUNIT_EXPECT_EQ_MSG(
			test,
			field_leaf(&vcpu, calls[i].leaf, calls[i].field, calls[i].mask, &value),
			calls[i].status, "call %u", i);
		KUNIT_EXPECT_EQ_MSG(test, value, calls[i].result, "call %u", i);
	}
	kvm_td_destroy(&td, &vcpu, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_of_a_td_that_keeps_its_key_stay_in_quarantine, step_gen_params),
	KUNIT_CASE(a_vcpu_is_associated_with_one_logical_processor),
	KUNIT_CASE(a_field_keeps_the_bits_that_are_written),
	{},
};

TEST_SUITE("kvm_sequence", harness_init, harness_exit);
