// SPDX-License-Identifier: GPL-2.0
/*
 * On a CPU with the partial-write machine check erratum every page that was private is overwritten
 * with MOVDIR64B after its write-back, however it came back; on other CPUs none is. The suites run
 * on both. Adopted pages let the test check them before they are freed.
 */
#include "td.h"

#define PAGES 3

static bool has_erratum(void)
{
	return config_now().partial_write_erratum;
}

static struct tdx_page_array *adopt_new(struct kunit *test, struct page **pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
	return adopt(test, pages, count);
}

/*
 * The page was written back, and then converted if the CPU has the erratum: then it is zeroed,
 * otherwise it has the content that the module left. Its owner frees it.
 */
static void expect_safe(struct kunit *test, struct page *page)
{
	struct seam_event newest = {};

	KUNIT_EXPECT_EQ(test, seam_emulator_history(page_to_phys(page), &newest, 1), 1);
	KUNIT_EXPECT_EQ(test, newest.kind == SEAM_EVENT_CONVERTED, has_erratum());
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_to_phys(page)));
	KUNIT_EXPECT_EQ(test, !memchr_inv(page_address(page), 0, PAGE_SIZE), has_erratum());
	__free_page(page);
	expect_findings(test, 0, 0);
}

static void are_deleted(struct kunit *test, struct tdx_page_array *array)
{
	hand_over_and_back(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void do_not_match_the_list(struct kunit *test, struct tdx_page_array *array)
{
	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_SWAPPED_PAGES));
	kunit_warning_suppress(test) {
		are_deleted(test, array);
	}
}

static void leave_the_quarantine(struct kunit *test, struct tdx_page_array *array)
{
	release_with_bad_page(test, array, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
}

static void are_reclaimed(struct kunit *test, struct tdx_page_array *tdcs)
{
	struct page *root;
	struct td td = td_create(test, adopt_new(test, &root, 1), TD_KEYID);

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	expect_released(test, tdcs, td.tdr);
	expect_safe(test, root);
}

static void leave_the_quarantine_as_control_pages(struct kunit *test, struct tdx_page_array *tdcs)
{
	struct td td = td_make(test, TD_KEYID);

	td_add_all(test, &td, tdcs);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdcs), -EUCLEAN);
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), PAGES);
	td_release(test, &td);
}

static const struct way {
	const char *name;
	void (*come_back)(struct kunit *test, struct tdx_page_array *array);
} ways[] = {
	{"of a deleted session", are_deleted},
	{"of a list that does not match", do_not_match_the_list},
	{"from the quarantine", leave_the_quarantine},
	{"reclaimed", are_reclaimed},
	{"control pages from the quarantine", leave_the_quarantine_as_control_pages},
};

KUNIT_ARRAY_PARAM_DESC(way, ways, name);

static void pages_that_come_back_are_converted(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct page *pages[PAGES];
	unsigned int i;

	way->come_back(test, adopt_new(test, pages, PAGES));
	for (i = 0; i < PAGES; i++)
		expect_safe(test, pages[i]);
}

static void neighbours_of_a_converted_page_stay_as_they_are(struct kunit *test)
{
	struct page *block = alloc_pages(GFP_KERNEL, 2), *middle = block + 1;
	struct tdx_page_array *array;

	KUNIT_ASSERT_NOT_NULL(test, block);
	split_page(block, 2);
	memset(page_address(block), 0x5A, 4 * PAGE_SIZE);
	array = adopt(test, &middle, 1);
	hand_over_and_back(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(block), 0x5A, PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(block + 2), 0x5A, 2 * PAGE_SIZE));
	expect_safe(test, middle);
	__free_page(block);
	__free_page(block + 2);
	__free_page(block + 3);
}

/* MNG.CREATE writes to the TDR before it finds that there is no entropy. */
static void a_refused_page_is_converted(struct kunit *test)
{
	struct page *page;
	struct tdx_page_array *array = adopt_new(test, &page, 1);

	CHANGE_CONFIG(no_entropy, 1);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_create(array, TD_KEYID), SEAM_RND_NO_ENTROPY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_safe(test, page);
}

/* A conversion would overwrite the owner's data in plain pages. */
static void pages_that_were_never_private_are_not_converted(struct kunit *test)
{
	struct page *pages[PAGES];
	struct tdx_page_array *array = adopt_new(test, pages, PAGES);
	unsigned int i;
	u64 session;

	for (i = 0; i < PAGES; i++)
		memset(page_address(pages[i]), 0xa5, PAGE_SIZE);
	inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_VMFAILINVALID, 0));
	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(tdx_tdh_spdm_create(0, array, &session)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	for (i = 0; i < PAGES; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(pages[i]), 0xa5, PAGE_SIZE));
		__free_page(pages[i]);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_that_come_back_are_converted, way_gen_params),
	KUNIT_CASE(neighbours_of_a_converted_page_stay_as_they_are),
	KUNIT_CASE(a_refused_page_is_converted),
	KUNIT_CASE(pages_that_were_never_private_are_not_converted),
	{},
};

TEST_SUITE("conversion", harness_init, harness_exit);
