// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of the patched KVM, in its order. The fault matrix makes each of them fail in turn; here a
 * failure in the teardown leaves pages that come back after its repair.
 */
#include "kvm.h"
#include "raw.h"

#define KEYID	   33
#define MANY_VCPUS 64

static const unsigned int vcpu_counts[] = {0, 1, 2, MANY_VCPUS};

static void describe_vcpus(const unsigned int *count, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u vCPUs", *count);
}
KUNIT_ARRAY_PARAM(vcpus, vcpu_counts, describe_vcpus);

/*
 * For the TD: MNG.CREATE, KEY.CONFIG and CACHE.WB on each package, MNG.INIT, VPFLUSHDONE, KEY.FREEID, and WBINVD of the
 * TDR. For each virtual processor: VP.INIT and VP.FLUSH. For each page: one leaf to add it, and RECLAIM.
 */
static u32 seamcalls_of_kvm_as_it_is(unsigned int vcpus, u32 packages)
{
	return 4 + 2 * packages + 2 * vcpus + 2 * (KVM_TD_PAGES + vcpus * KVM_VCPU_PAGES);
}

static void a_td_comes_back_with_no_more_seamcalls_than_with_unmodified_kvm(struct kunit *test)
{
	const unsigned int count = *(const unsigned int *)test->param_value;
	const unsigned int pages = KVM_TD_PAGES + count * KVM_VCPU_PAGES;
	struct kvm_td_vcpu *vcpus = kunit_kzalloc(test, sizeof(*vcpus) * MANY_VCPUS, GFP_KERNEL);
	struct kvm_td td = KVM_NO_TD;
	const u32 packages = set_packages(2);
	static u16 order[SEAM_MAX_CALLS];
	const u16 *call = order;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, vcpus);
	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	for (i = 0; i < count; i++)
		KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpus[i], i % 2), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, pages);

	call += seam_emulator_order(order, ARRAY_SIZE(order));
	kvm_td_destroy(&td, vcpus, count);
	KUNIT_EXPECT_EQ(test, seam_emulator_order(order, ARRAY_SIZE(order)),
			seamcalls_of_kvm_as_it_is(count, packages));
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, *call++, SEAM_VP_FLUSH);
	KUNIT_EXPECT_EQ(test, *call++, SEAM_MNG_VPFLUSHDONE);
	for (i = 0; i < packages; i++)
		KUNIT_EXPECT_EQ(test, *call++, SEAM_PHYMEM_CACHE_WB);
	KUNIT_EXPECT_EQ(test, *call++, SEAM_MNG_KEY_FREEID);
	KUNIT_EXPECT_EQ(test, *call++, SEAM_PHYMEM_PAGE_RECLAIM);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM), pages);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 1);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, pages);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
	KUNIT_EXPECT_FALSE(test, td.bugged);
}

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
	KUNIT_CASE_PARAM(a_td_comes_back_with_no_more_seamcalls_than_with_unmodified_kvm,
			 vcpus_gen_params),
	KUNIT_CASE_PARAM(pages_of_a_td_that_keeps_its_key_stay_in_quarantine, step_gen_params),
	{},
};

TEST_SUITE("kvm_sequence", harness_init, harness_exit);
