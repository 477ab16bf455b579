// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the caller owns: an array uses them, makes them safe and never frees them; it takes a
 * reference on a page that has to stay out of use.
 */
#include "frees.h"

#define PAGES 4

/* The pages of the owner, allocated for each test. */
static struct page *pages[PAGES];
static bool owned;

/* Each page has @references references in total. */
static void expect_references(struct kunit *test, int references)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ_MSG(test, page_count(pages[i]), references, "page %u", i);
}

/* Frees the pages as their owner; the judge checks each of them. */
static void put_pages(void)
{
	unsigned int i;

	owned = false;
	for (i = 0; i < PAGES; i++)
		__free_page(pages[i]);
}

static u64 times_freed(struct kunit *test, struct page *page)
{
	return pages_freed(test, page_to_phys(page), 1);
}

static void an_array_has_the_adopted_pages_in_their_order_and_frees_none(struct kunit *test)
{
	struct tdx_page_array *array;
	unsigned int i;

	swap(pages[0], pages[2]);
	array = adopt(test, pages, PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), PAGES);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_page(array, i), pages[i]);
	record_frees(test);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, times_freed(test, pages[i]), 0);
	expect_references(test, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
}

static void a_missing_or_repeated_page_is_not_adopted(struct kunit *test)
{
	struct page *const bad[] = {NULL, pages[0]};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct page *list[PAGES] = {pages[0], pages[1], bad[i], pages[3]};

		KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_adopt(list, PAGES), ERR_PTR(-EINVAL));
		expect_references(test, 1);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).taken, 0);
	/* The pages can still be adopted, and again when their array has ended. */
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(adopt(test, pages, PAGES)), 0);
}

static void an_adopted_page_that_stays_outlives_its_owner(struct kunit *test)
{
	release_with_bad_page(test, adopt(test, pages, PAGES), 2);
	KUNIT_EXPECT_EQ(test, page_count(pages[2]), 2);
	KUNIT_EXPECT_EQ(test, page_count(pages[1]), 1);

	record_frees(test);
	put_pages();
	KUNIT_EXPECT_EQ(test, times_freed(test, pages[1]), 1);
	KUNIT_EXPECT_EQ(test, times_freed(test, pages[2]), 0);
	KUNIT_EXPECT_EQ(test, page_count(pages[2]), 1);

	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, times_freed(test, pages[2]), 1);
}

static void a_tail_that_stays_keeps_its_folio(struct kunit *test)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 2);
	struct page *pages[PAGES];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, folio);
	for (i = 0; i < PAGES; i++)
		pages[i] = folio_page(folio, i);
	release_with_bad_page(test, adopt(test, pages, PAGES), 3);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 2);
	record_frees(test);
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, times_freed(test, pages[0]), 0);
	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, pages_freed(test, page_to_phys(pages[0]), PAGES), PAGES);
}

static void adopted_extension_memory_gets_a_reference_for_good(struct kunit *test)
{
	struct tdx_page_array *array = adopt(test, pages, PAGES);

	set_ext_pool(PAGES);
	assert_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, PAGES);
	expect_references(test, 2);
	put_pages();
	expect_references(test, 1);
}

static void adopted_pages_of_an_undeleted_session_go_to_quarantine(struct kunit *test)
{
	struct tdx_page_array *array = adopt(test, pages, PAGES);
	u64 session;

	set_spdm_pages(PAGES);
	assert_success(test, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	expect_references(test, 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	expect_references(test, 2);
	empty_quarantine(test);
	expect_references(test, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_has_the_adopted_pages_in_their_order_and_frees_none),
	KUNIT_CASE(a_missing_or_repeated_page_is_not_adopted),
	KUNIT_CASE(an_adopted_page_that_stays_outlives_its_owner),
	KUNIT_CASE(a_tail_that_stays_keeps_its_folio),
	KUNIT_CASE(adopted_extension_memory_gets_a_reference_for_good),
	KUNIT_CASE(adopted_pages_of_an_undeleted_session_go_to_quarantine),
	{},
};

static int take_pages(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
	owned = true;
	return harness_init(test);
}

static void free_pages_of_test(struct kunit *test)
{
	if (owned)
		put_pages();
	harness_exit(test);
}

TEST_SUITE("adopt", take_pages, free_pages_of_test);
