// SPDX-License-Identifier: GPL-2.0
/*
 * A memory error in a page of an array: memory_failure() marks the page as poisoned. It stays out of use, and all other
 * pages are freed. What is not done with such a page, at whatever time it breaks: kunit/user/broken_test.c.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "../suites/harness.h"

/* Blocks of all sizes, up to the limit of one session. */
#define PAGES 511

/* Expects that the page is not free even after all others have come back. */
static void expect_out_of_use(struct kunit *test, struct page *page, unsigned int which)
{
	seam_emulator_settle();
	while (tdx_page_array_retry_quarantine())
		;
	KUNIT_EXPECT_TRUE_MSG(test, page_count(page),
			      "broken page %u was given to the page allocator", which);
}

static void expect_stays_alone(struct kunit *test, struct tdx_page_array *array, unsigned int which,
			       struct page **own)
{
	const u64 freed = since_start(test).freed;
	struct page *page = tdx_page_array_page(array, which);
	unsigned int i;

	hand_over_and_back(test, array);
	/* This logs "Failed" for a page of unknown type, but marks it. */
	memory_failure(page_to_pfn(page), MF_SW_SIMULATED);
	KUNIT_ASSERT_TRUE(test, PageHWPoison(page));
	KUNIT_EXPECT_EQ_MSG(test, tdx_page_array_release(array), -EUCLEAN, "page %u is broken",
			    which);
	for (i = 0; own && i < PAGES; i++)
		put_page(own[i]);
	expect_out_of_use(test, page, which);
	KUNIT_EXPECT_EQ_MSG(test, since_start(test).freed - freed, PAGES - 1,
			    "freed, with broken page %u", which);
}

static const unsigned int broken[] = {0, 300, PAGES - 1};

static void a_page_that_breaks_stays_out_of_use(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(broken); i++)
		expect_stays_alone(test, make_array(test, PAGES), broken[i], NULL);
}

static void an_adopted_page_that_breaks_stays_out_of_use(struct kunit *test)
{
	static struct page *own[PAGES];
	unsigned int i, page;

	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		for (page = 0; page < PAGES; page++) {
			own[page] = alloc_page(GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, own[page]);
		}
		expect_stays_alone(test, adopt(test, own, PAGES), broken[i], own);
	}
}

/* Poisoned pages stay in quarantine; the ledger adds up, no array is left, and the judge has no finding. */
static void look_at_rest(struct kunit *test)
{
	const struct tdx_page_array_counters changes = since_start(test);

	expect_findings(test, 0, 0);
	KUNIT_EXPECT_EQ(test, changes.in_arrays, 0);
	KUNIT_EXPECT_EQ(test, changes.taken, changes.freed + changes.quarantined);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_page_that_breaks_stays_out_of_use),
	KUNIT_CASE(an_adopted_page_that_breaks_stays_out_of_use),
	{},
};

TEST_SUITE("edge_poison", harness_init, look_at_rest);
