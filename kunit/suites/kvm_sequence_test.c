// SPDX-License-Identifier: GPL-2.0
/* The calls of the patched KVM, in its order: a failure in the teardown leaves pages that come back after its repair. */
#include "kvm.h"
#include "raw.h"

#define KEYID 33

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

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_of_a_td_that_keeps_its_key_stay_in_quarantine, step_gen_params),
	{},
};

TEST_SUITE("kvm_sequence", harness_init, harness_exit);
