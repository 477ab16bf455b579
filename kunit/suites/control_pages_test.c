// SPDX-License-Identifier: GPL-2.0
/*
 * Control pages of TDs as arrays: handed over one by one, reclaimed one by one after the TD's
 * teardown.
 */
#include "kvm.h"
#include "td.h"

/* With one virtual processor, as KVM makes it. */
static void build_td(struct kunit *test, struct kvm_td *td, struct kvm_td_vcpu *vcpu)
{
	*td = KVM_NO_TD;
	*vcpu = KVM_NO_VCPU;
	KUNIT_ASSERT_EQ(test, kvm_td_init(td, TD_KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(td, vcpu, 0), 0);
}

static void pages_of_a_living_td_are_not_released(struct kunit *test)
{
	struct kvm_td_vcpu vcpu;
	struct kvm_td td;
	const u64 types[] = {SEAM_PT_TDCX, SEAM_PT_TDVPR, SEAM_PT_TDCX, SEAM_PT_TDR};
	unsigned int i;

	build_td(test, &td, &vcpu);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct tdx_page_array *const arrays[] = {vcpu.tdcx, vcpu.tdvpr, td.tdcs, td.tdr};
		struct page *page = tdx_page_array_page(arrays[i], 0);
		struct tdx_page_facts facts = {~0ULL, ~0ULL, ~0ULL};

		KUNIT_EXPECT_EQ(test, tdx_page_array_release(arrays[i]), -EBUSY);
		expect_success(test, tdx_tdh_phymem_page_rdmd(page_to_pfn(page), &facts));
		KUNIT_EXPECT_EQ(test, facts.type, types[i]);
		KUNIT_EXPECT_EQ(test, facts.owner, types[i] == SEAM_PT_TDR ? 0 : td.tdr_pa);
		KUNIT_EXPECT_EQ(test, facts.level, 0);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, KVM_TD_PAGES + KVM_VCPU_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	kvm_td_destroy(&td, &vcpu, 1);
}

/* As roots, as more pages of the same array, or as pages of another root of that TD. */
static void control_pages_are_not_handed_over_twice(struct kunit *test)
{
	struct kvm_td_vcpu vcpus[2] = {
		[1] = {.tdvpr = make_array(test, 1), .tdcx = make_array(test, 2), .cpu = -1}};
	struct kvm_td td;

	build_td(test, &td, &vcpus[0]);
	assert_success(test, tdx_tdh_vp_create(td.tdr, vcpus[1].tdvpr));
	assert_success(test, tdx_tdh_vp_addcx(vcpus[1].tdvpr, vcpus[1].tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_create(td.tdr, OTHER_TD_KEYID));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(td.tdr, vcpus[0].tdvpr));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(td.tdr, td.tdr));
	expect_refused(test, EINVAL, tdx_tdh_mng_addcx(td.tdr, td.tdcs));
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(vcpus[0].tdvpr, vcpus[0].tdcx));
	expect_refused(test, EBUSY, tdx_tdh_vp_addcx(vcpus[0].tdvpr, vcpus[1].tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(td.tdr, vcpus[1].tdcx));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), KVM_TDCS_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_ADDCX), KVM_TDCX_PAGES + 1);
	kvm_td_destroy(&td, vcpus, 2);
}

static void a_refused_array_is_not_offered_under_another_keyid(struct kunit *test)
{
	struct td first = td_make(test, TD_KEYID), second = td_make(test, OTHER_TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, 1);

	answer_next(test, SEAM_MNG_ADDCX, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(first.tdr, tdcs),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(second.tdr, tdcs));
	expect_refused(test, EBUSY, tdx_tdh_mng_create(tdcs, OTHER_TD_KEYID + 1));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), 1);
	td_tear_down(test, &first);
	td_tear_down(test, &second);
	expect_released(test, tdcs, first.tdr, second.tdr);
}

/* The leaf is executed, and finds no random numbers in any try. */
static void a_page_that_is_refused_late_has_lines_of_the_td(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	unsigned int i;

	for (i = 0; i < TDCS_PAGES - 1; i++)
		assert_success(test, tdx_tdh_mng_addcx(td.tdr, tdcs));
	inject(test, FROM_CALL(SEAM_MNG_ADDCX, 1, WRAPPER_TRIES, SEAM_INJECT_NO_ENTROPY, 0));
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(td.tdr, tdcs), SEAM_RND_NO_ENTROPY);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(hpa_of(test, tdcs, TDCS_PAGES - 1)));
	td_tear_down(test, &td);
	expect_released(test, tdcs, td.tdr);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_of_a_living_td_are_not_released),
	KUNIT_CASE(control_pages_are_not_handed_over_twice),
	KUNIT_CASE(a_refused_array_is_not_offered_under_another_keyid),
	KUNIT_CASE(a_page_that_is_refused_late_has_lines_of_the_td),
	{},
};

TEST_SUITE("control_pages", harness_init, harness_exit);
