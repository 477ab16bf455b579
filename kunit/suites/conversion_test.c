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

static struct page *new_page(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

static struct tdx_page_array *adopt_new(struct kunit *test, struct page **pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		pages[i] = new_page(test);
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

static void expect_all_safe(struct kunit *test, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		expect_safe(test, pages[i]);
}

static void pages_of_a_deleted_session_are_converted(struct kunit *test)
{
	struct page *pages[PAGES];
	struct tdx_page_array *array = adopt_new(test, pages, PAGES);

	hand_over_and_back(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_all_safe(test, pages);
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

static void pages_of_a_list_that_does_not_match_are_converted(struct kunit *test)
{
	struct page *pages[PAGES];
	struct tdx_page_array *array = adopt_new(test, pages, PAGES);

	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_SWAPPED_PAGES));
	kunit_warning_suppress(test) {
		hand_over_and_back(test, array);
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_all_safe(test, pages);
}

static void reclaimed_control_pages_are_converted(struct kunit *test)
{
	struct page *root, *pages[PAGES];
	struct tdx_page_array *tdcs = adopt_new(test, pages, PAGES);
	struct td td = td_create(test, adopt_new(test, &root, 1), TD_KEYID);

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &td);
	expect_all_safe(test, pages);
	expect_safe(test, root);
}

static void a_page_that_leaves_quarantine_is_converted(struct kunit *test)
{
	struct page *pages[PAGES];
	struct tdx_page_array *array = adopt_new(test, pages, PAGES);

	hand_over_and_back(test, array);
	answer_next(test, SEAM_PHYMEM_PAGE_WBINVD, UNKNOWN_STATUS);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	}
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(pages[0])));
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
	expect_all_safe(test, pages);
}

static void a_control_page_that_leaves_quarantine_is_converted(struct kunit *test)
{
	struct page *pages[PAGES];
	struct tdx_page_array *tdcs = adopt_new(test, pages, PAGES);
	struct td td = td_make(test, TD_KEYID);

	td_add_all(test, &td, tdcs);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdcs), -EUCLEAN);
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), PAGES);
	expect_all_safe(test, pages);
	td_release(test, &td);
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
	KUNIT_CASE(pages_of_a_deleted_session_are_converted),
	KUNIT_CASE(neighbours_of_a_converted_page_stay_as_they_are),
	KUNIT_CASE(a_refused_page_is_converted),
	KUNIT_CASE(pages_of_a_list_that_does_not_match_are_converted),
	KUNIT_CASE(reclaimed_control_pages_are_converted),
	KUNIT_CASE(a_page_that_leaves_quarantine_is_converted),
	KUNIT_CASE(a_control_page_that_leaves_quarantine_is_converted),
	KUNIT_CASE(pages_that_were_never_private_are_not_converted),
	{},
};

TEST_SUITE("conversion", harness_init, harness_exit);
