// SPDX-License-Identifier: GPL-2.0
/*
 * Control pages of TDs as arrays: handed over one by one, reclaimed one by one after the TD's
 * teardown.
 */
#include "td.h"

#define TDCX_PAGES 3

/* A TD with one virtual processor, initialised. */
struct whole_td {
	struct td td;
	struct tdx_page_array *tdcs, *tdvpr, *tdcx;
};

#define WHOLE_TD_PAGES (1 + TDCS_PAGES + 1 + TDCX_PAGES)

static struct whole_td build_td(struct kunit *test)
{
	struct whole_td whole = {
		.td = td_make(test, TD_KEYID),
		.tdcs = make_array(test, TDCS_PAGES),
		.tdvpr = make_array(test, 1),
		.tdcx = make_array(test, TDCX_PAGES),
	};
	unsigned int i;

	td_add_all(test, &whole.td, whole.tdcs);
	td_initialise(test, &whole.td);
	assert_success(test, tdx_tdh_vp_create(whole.td.tdr, whole.tdvpr));
	for (i = 0; i < TDCX_PAGES; i++)
		assert_success(test, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	return whole;
}

static void end_td(struct kunit *test, const struct whole_td *whole)
{
	td_tear_down(test, &whole->td);
	expect_released(test, whole->tdcx, whole->tdvpr, whole->tdcs, whole->td.tdr);
}

static void pages_of_a_living_td_are_not_released(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *const arrays[] = {whole.tdcx, whole.tdvpr, whole.tdcs, whole.td.tdr};
	const u64 types[] = {SEAM_PT_TDCX, SEAM_PT_TDVPR, SEAM_PT_TDCX, SEAM_PT_TDR};
	const u64 tdr = page_to_phys(tdx_page_array_page(whole.td.tdr, 0));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		struct page *page = tdx_page_array_page(arrays[i], 0);
		struct tdx_page_facts facts = {~0ULL, ~0ULL, ~0ULL};

		KUNIT_EXPECT_EQ(test, tdx_page_array_release(arrays[i]), -EBUSY);
		expect_success(test, tdx_tdh_phymem_page_rdmd(page_to_pfn(page), &facts));
		KUNIT_EXPECT_EQ(test, facts.type, types[i]);
		KUNIT_EXPECT_EQ(test, facts.owner, types[i] == SEAM_PT_TDR ? 0 : tdr);
		KUNIT_EXPECT_EQ(test, facts.level, 0);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, WHOLE_TD_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	end_td(test, &whole);
}

static void no_more_pages_are_added_than_the_array_has(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	const u64 added = seam_emulator_calls(SEAM_MNG_ADDCX);

	expect_refused(test, EINVAL, tdx_tdh_mng_addcx(whole.td.tdr, whole.tdcs));
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), added);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_ADDCX), TDCX_PAGES);
	end_td(test, &whole);
}

/* Two virtual processors of one TD have the same KeyID. */
static void control_pages_of_one_vcpu_are_not_added_to_another(struct kunit *test)
{
	struct whole_td whole = build_td(test);
	struct tdx_page_array *tdvpr = make_array(test, 1), *tdcx = make_array(test, 2);

	assert_success(test, tdx_tdh_vp_create(whole.td.tdr, tdvpr));
	assert_success(test, tdx_tdh_vp_addcx(whole.tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_vp_addcx(tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(whole.td.tdr, tdcx));
	td_tear_down(test, &whole.td);
	expect_released(test, tdcx, tdvpr, whole.tdcx, whole.tdvpr, whole.tdcs, whole.td.tdr);
}

static void a_root_is_not_created_twice(struct kunit *test)
{
	struct whole_td whole = build_td(test);

	expect_refused(test, EBUSY, tdx_tdh_mng_create(whole.td.tdr, OTHER_TD_KEYID));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(whole.td.tdr, whole.tdvpr));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(whole.td.tdr, whole.td.tdr));
	end_td(test, &whole);
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
	KUNIT_CASE(no_more_pages_are_added_than_the_array_has),
	KUNIT_CASE(control_pages_of_one_vcpu_are_not_added_to_another),
	KUNIT_CASE(a_root_is_not_created_twice),
	KUNIT_CASE(a_refused_array_is_not_offered_under_another_keyid),
	KUNIT_CASE(a_page_that_is_refused_late_has_lines_of_the_td),
	{},
};

TEST_SUITE("control_pages", harness_init, harness_exit);
