// SPDX-License-Identifier: GPL-2.0
/*
 * Control pages of TDs as arrays: handed over one by one, reclaimed one by one after the TD's
 * teardown.
 */
#include "td.h"

#define TDCX_PAGES 5

/* A TD with one virtual processor, and all its control pages. */
struct whole {
	struct td td;
	struct tdx_page_array *tdcs, *tdvpr, *tdcx;
};

static struct whole build_td(struct kunit *test)
{
	const struct whole whole = {
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

static void pages_of_a_living_td_are_not_released(struct kunit *test)
{
	const struct whole whole = build_td(test);
	const struct {
		struct tdx_page_array *array;
		u64 type, owner;
	} rows[] = {
		{whole.tdcx, SEAM_PT_TDCX, whole.td.tdr_hpa},
		{whole.tdvpr, SEAM_PT_TDVPR, whole.td.tdr_hpa},
		{whole.tdcs, SEAM_PT_TDCX, whole.td.tdr_hpa},
		{whole.td.tdr, SEAM_PT_TDR, 0},
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct page *page = tdx_page_array_page(rows[i].array, 0);
		struct tdx_page_facts facts = {~0ULL, ~0ULL, ~0ULL};

		KUNIT_EXPECT_EQ(test, tdx_page_array_release(rows[i].array), -EBUSY);
		expect_success(test, tdx_tdh_phymem_page_rdmd(page_to_pfn(page), &facts));
		KUNIT_EXPECT_EQ(test, facts.type, rows[i].type);
		KUNIT_EXPECT_EQ(test, facts.owner, rows[i].owner);
		KUNIT_EXPECT_EQ(test, facts.level, 0);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	td_tear_down(test, &whole.td);
	expect_released(test, whole.tdcx, whole.tdvpr, whole.tdcs, whole.td.tdr);
	/* The TDR alone is written back: its lines have the module's own KeyID. */
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 1);
}

/* As roots, as more pages of the same array, or as pages of another root of that TD. */
static void control_pages_are_not_handed_over_twice(struct kunit *test)
{
	struct tdx_page_array *tdvpr = make_array(test, 1), *tdcx = make_array(test, 2);
	const struct whole whole = build_td(test);
	struct tdx_page_array *tdr = whole.td.tdr;

	assert_success(test, tdx_tdh_vp_create(tdr, tdvpr));
	assert_success(test, tdx_tdh_vp_addcx(tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_create(tdr, OTHER_TD_KEYID));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(tdr, tdvpr));
	expect_refused(test, EBUSY, tdx_tdh_vp_create(tdr, tdr));
	expect_refused(test, EINVAL, tdx_tdh_mng_addcx(tdr, whole.tdcs));
	expect_refused(test, EINVAL, tdx_tdh_vp_addcx(whole.tdvpr, whole.tdcx));
	expect_refused(test, EBUSY, tdx_tdh_vp_addcx(whole.tdvpr, tdcx));
	expect_refused(test, EBUSY, tdx_tdh_mng_addcx(tdr, tdcx));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_MNG_ADDCX), TDCS_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_VP_ADDCX), TDCX_PAGES + 1);
	td_tear_down(test, &whole.td);
	expect_released(test, tdcx, tdvpr, whole.tdcx, whole.tdvpr, whole.tdcs, tdr);
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
