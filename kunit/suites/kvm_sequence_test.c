// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of the patched KVM, in its order. Each call that can fail on the way to a running TD and
 * back does so in some test, which checks what happens to the pages and to the KeyID.
 */
#include "kvm.h"
#include "raw.h"

#define KEYID	    33
#define OTHER_KEYID 34
#define VCPUS	    2
#define MANY_VCPUS  64
#define ALL_PAGES   (KVM_TD_PAGES + VCPUS * KVM_VCPU_PAGES)

static void set_no_entropy(bool on)
{
	CHANGE_CONFIG(no_entropy, on);
}

static u64 on_page(u64 number, u64 hpa)
{
	return raw_leaf(number, hpa, 0);
}

/* Nothing is left of the TD: a new TD can use its KeyID. */
static void expect_another_td(struct kunit *test)
{
	struct kvm_td td = KVM_NO_TD;
	struct kvm_td_vcpu vcpu = KVM_NO_VCPU;

	KUNIT_EXPECT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_EXPECT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
	kvm_td_destroy(&td, &vcpu, 1);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

static void all_pages_of_a_td_with_vcpus_come_back(struct kunit *test)
{
	struct kvm_td_vcpu vcpus[VCPUS] = {KVM_NO_VCPU, KVM_NO_VCPU};
	struct kvm_td td = KVM_NO_TD;
	const u32 packages = set_packages(2);
	u16 order[128], *call;
	u32 built, i;

	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_KEY_CONFIG), packages);
	for (i = 0; i < VCPUS; i++)
		KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpus[i], i), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, ALL_PAGES);

	built = seam_emulator_order(order, ARRAY_SIZE(order));
	kvm_td_destroy(&td, vcpus, VCPUS);
	KUNIT_ASSERT_LE(test, seam_emulator_order(order, ARRAY_SIZE(order)), ARRAY_SIZE(order));
	call = order + built;
	for (i = 0; i < VCPUS; i++)
		KUNIT_EXPECT_EQ(test, *call++, SEAM_VP_FLUSH);
	KUNIT_EXPECT_EQ(test, *call++, SEAM_MNG_VPFLUSHDONE);
	for (i = 0; i < packages; i++)
		KUNIT_EXPECT_EQ(test, *call++, SEAM_PHYMEM_CACHE_WB);
	KUNIT_EXPECT_EQ(test, *call++, SEAM_MNG_KEY_FREEID);
	KUNIT_EXPECT_EQ(test, *call++, SEAM_PHYMEM_PAGE_RECLAIM);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM), ALL_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 1);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, ALL_PAGES);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
	KUNIT_EXPECT_FALSE(test, td.bugged);
}

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

static void a_td_costs_no_more_seamcalls_than_with_unmodified_kvm(struct kunit *test)
{
	const unsigned int count = *(const unsigned int *)test->param_value;
	struct kvm_td_vcpu *vcpus = kunit_kzalloc(test, sizeof(*vcpus) * MANY_VCPUS, GFP_KERNEL);
	struct kvm_td td = KVM_NO_TD;
	const u32 packages = set_packages(2);
	unsigned int i;
	u16 none;

	KUNIT_ASSERT_NOT_NULL(test, vcpus);
	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	for (i = 0; i < count; i++)
		KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpus[i], i % 2), 0);
	kvm_td_destroy(&td, vcpus, count);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, KVM_TD_PAGES + count * KVM_VCPU_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_order(&none, 0),
			seamcalls_of_kvm_as_it_is(count, packages));
}

static void destroying_a_td_leaves_another_one_intact(struct kunit *test)
{
	struct kvm_td first = KVM_NO_TD, second = KVM_NO_TD;
	struct kvm_td_vcpu of_first = KVM_NO_VCPU, of_second = KVM_NO_VCPU;

	KUNIT_ASSERT_EQ(test, kvm_td_init(&first, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_init(&second, OTHER_KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&first, &of_first, 0), 0);
	kvm_td_destroy(&first, &of_first, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, KVM_TD_PAGES + KVM_VCPU_PAGES);
	KUNIT_EXPECT_EQ(test, kvm_td_vcpu_init(&second, &of_second, 1), 0);
	kvm_td_destroy(&second, &of_second, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* No entropy for the TDR, or for the sixth control page, which the module has already written to. */
static void user_space_tries_again_when_there_was_no_entropy(struct kunit *test)
{
	struct kvm_td td = KVM_NO_TD;

	set_no_entropy(true);
	KUNIT_EXPECT_EQ(test, kvm_td_init(&td, KEYID), -EAGAIN);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
	KUNIT_EXPECT_FALSE(test, td.bugged);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, KVM_TD_PAGES);

	set_no_entropy(false);
	inject(test, FROM_CALL(SEAM_MNG_ADDCX, KVM_TDCS_PAGES, WRAPPER_TRIES, SEAM_INJECT_STATUS,
			       SEAM_RND_NO_ENTROPY));
	KUNIT_EXPECT_EQ(test, kvm_td_init(&td, KEYID), -EAGAIN);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
	KUNIT_EXPECT_FALSE(test, td.bugged);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 2 * KVM_TD_PAGES);

	KUNIT_EXPECT_EQ(test, kvm_td_init(&td, KEYID), 0);
	kvm_td_destroy(&td, NULL, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 3 * KVM_TD_PAGES);
}

/* KVM assumes that there is no TD and does not tear it down. Its TDR is not freed. */
static void a_tdr_in_doubt_stays_in_quarantine(struct kunit *test)
{
	struct kvm_td td = KVM_NO_TD;

	inject(test, NTH_CALL(SEAM_MNG_CREATE, 1, SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS));
	KUNIT_EXPECT_EQ(test, kvm_td_init(&td, KEYID), -EIO);
	kvm_td_destroy(&td, NULL, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, KVM_TDCS_PAGES);

	expect_success(test, on_page(SEAM_MNG_VPFLUSHDONE, td.tdr_pa));
	expect_success(test, raw_cache_wb());
	expect_success(test, on_page(SEAM_MNG_KEY_FREEID, td.tdr_pa));
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
	expect_another_td(test);
}

/* KVM retries VPFLUSHDONE when the VM is destroyed. */
static void a_key_that_is_not_freed_at_first_is_freed_with_the_vm(struct kunit *test)
{
	struct kvm_td td = KVM_NO_TD;

	inject(test,
	       NTH_CALL(SEAM_MNG_INIT, 1, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RDX));
	answer_next(test, SEAM_MNG_VPFLUSHDONE, UNKNOWN_STATUS);
	KUNIT_EXPECT_EQ(test, kvm_td_init(&td, KEYID), -EIO);
	KUNIT_EXPECT_EQ(test, td.hkid, KEYID);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, KVM_TD_PAGES);
	kvm_td_destroy(&td, NULL, 0);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, KVM_TD_PAGES);
	expect_another_td(test);
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
	on_page(SEAM_MNG_VPFLUSHDONE, td.tdr_pa);
	raw_cache_wb();
	expect_success(test, on_page(SEAM_MNG_KEY_FREEID, td.tdr_pa));
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), KVM_TD_PAGES + KVM_VCPU_PAGES);
	expect_another_td(test);
}

/* The module does not release the TDR before the last other page. */
static void a_page_that_is_not_reclaimed_keeps_the_tdr_in_quarantine(struct kunit *test)
{
	struct kvm_td_vcpu vcpu = KVM_NO_VCPU;
	struct kvm_td td = KVM_NO_TD;

	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
	inject(test, NTH_CALL(SEAM_PHYMEM_PAGE_RECLAIM, 3, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
	kvm_td_destroy(&td, &vcpu, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 2);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, KVM_TD_PAGES + KVM_VCPU_PAGES - 2);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 2);
	expect_another_td(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_pages_of_a_td_with_vcpus_come_back),
	KUNIT_CASE_PARAM(a_td_costs_no_more_seamcalls_than_with_unmodified_kvm, vcpus_gen_params),
	KUNIT_CASE(destroying_a_td_leaves_another_one_intact),
	KUNIT_CASE(user_space_tries_again_when_there_was_no_entropy),
	KUNIT_CASE(a_tdr_in_doubt_stays_in_quarantine),
	KUNIT_CASE(a_key_that_is_not_freed_at_first_is_freed_with_the_vm),
	KUNIT_CASE_PARAM(pages_of_a_td_that_keeps_its_key_stay_in_quarantine, step_gen_params),
	KUNIT_CASE(a_page_that_is_not_reclaimed_keeps_the_tdr_in_quarantine),
	{},
};

TEST_SUITE("kvm_sequence", harness_init, harness_exit);
