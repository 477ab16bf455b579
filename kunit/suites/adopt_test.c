// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the caller owns: an array uses them, makes them safe and never frees them; it takes a
 * reference on a page that has to stay out of use.
 */
#include "frees.h"

#define PAGES 4

/* The pages of the owner, allocated for each test. */
static struct page *pages[PAGES];

/* Each page has @references references in total. */
static void expect_references(struct kunit *test, int references)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ_MSG(test, page_count(pages[i]), references, "page %u", i);
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
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
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

static void a_tail_that_stays_keeps_its_folio(struct kunit *test)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 2);
	struct page *pages[PAGES];
	unsigned int i;
	u64 first;

	KUNIT_ASSERT_NOT_NULL(test, folio);
	for (i = 0; i < PAGES; i++)
		pages[i] = folio_page(folio, i);
	first = page_to_phys(pages[0]);
	release_with_bad_page(test, adopt(test, pages, PAGES), 3);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 2);
	record_frees(test);
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, pages_freed(test, first, PAGES), 0);
	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, pages_freed(test, first, PAGES), PAGES);
}

static void adopted_extension_memory_gets_a_reference_for_good(struct kunit *test)
{
	struct tdx_page_array *array = adopt(test, pages, PAGES);

	set_ext_pool(PAGES);
	assert_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, PAGES);
	expect_references(test, 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_has_the_adopted_pages_in_their_order_and_frees_none),
	KUNIT_CASE(a_missing_or_repeated_page_is_not_adopted),
	KUNIT_CASE(a_tail_that_stays_keeps_its_folio),
	KUNIT_CASE(adopted_extension_memory_gets_a_reference_for_good),
	{},
};

static int take_pages(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
	return harness_init(test);
}

/* As their owner; the judge checks each of them. */
static void free_pages_of_test(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		__free_page(pages[i]);
	harness_exit(test);
}

TEST_SUITE("adopt", take_pages, free_pages_of_test);
