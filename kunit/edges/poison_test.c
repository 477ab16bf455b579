// SPDX-License-Identifier: GPL-2.0
/*
 * A memory error in a page of an array: memory_failure() marks the page as poisoned. However the array got its pages
 * and however it ends, the poisoned page stays out of use and is not accessed any more, and all other pages are freed.
 * What else is not done with such a page: kunit/user/broken_test.c.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "../suites/harness.h"

/* Blocks of all sizes, up to the limit of one session. */
#define PAGES 511

enum origin {
	SCATTERED,
	CONTIGUOUS,
	ADOPTED,
};

/* How the array ends. */
enum way {
	NEVER_HANDED_OVER,
	REFUSED,
	RETURNED,
	IN_DOUBT,
	LEAKED,
};

static const struct kind {
	const char *name;
	enum origin origin;
	enum way way;
} kinds[] = {
	{"allocated, never handed over", SCATTERED, NEVER_HANDED_OVER},
	{"allocated, refused", SCATTERED, REFUSED},
	{"allocated, returned", SCATTERED, RETURNED},
	{"allocated, in doubt", SCATTERED, IN_DOUBT},
	{"allocated, leaked", SCATTERED, LEAKED},
	{"contiguous, returned", CONTIGUOUS, RETURNED},
	{"adopted, never handed over", ADOPTED, NEVER_HANDED_OVER},
	{"adopted, returned", ADOPTED, RETURNED},
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static struct page *own[PAGES];

static struct tdx_page_array *make(struct kunit *test, enum origin origin)
{
	unsigned int i;

	if (origin != ADOPTED)
		return tdx_page_array_create_node(PAGES, TDX_PAGE_ARRAY_ANY_NODE,
						  origin == CONTIGUOUS ? TDX_PAGE_ARRAY_CONTIGUOUS
								       : 0);
	for (i = 0; i < PAGES; i++) {
		own[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, own[i]);
	}
	return tdx_page_array_adopt(own, PAGES);
}

/* How often the page was flushed, or overwritten with MOVDIR64B. */
static u32 touches(struct page *page)
{
	struct seam_event history[32];
	u32 i, times = 0;
	const u32 count = seam_emulator_history(page_to_phys(page), history, ARRAY_SIZE(history));

	for (i = 0; i < count; i++)
		times += history[i].kind == SEAM_EVENT_WRITTEN_BACK ||
			 history[i].kind == SEAM_EVENT_CONVERTED;
	return times;
}

/*
 * Expects that the page is not free even after all others have come back. If it is free nevertheless, it is unpoisoned
 * for its next user.
 */
static void expect_out_of_use(struct kunit *test, struct page *page, unsigned int which)
{
	seam_emulator_settle();
	while (tdx_page_array_retry_quarantine())
		;
	KUNIT_EXPECT_TRUE_MSG(test, page_count(page),
			      "broken page %u was given to the page allocator", which);
	if (!page_count(page))
		KUNIT_EXPECT_EQ(test, unpoison_memory(page_to_pfn(page)), 0);
}

static void breaks(struct kunit *test, const struct kind *kind, unsigned int which)
{
	const u64 freed = since_start(test).freed;
	struct tdx_page_array *array = make(test, kind->origin);
	struct page *page;
	u64 session;
	u32 touched, i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	page = tdx_page_array_page(array, which);
	if (kind->way == REFUSED || kind->way == IN_DOUBT)
		answer_next(test, SEAM_SPDM_CREATE,
			    kind->way == REFUSED ? SEAM_OPERAND_INVALID : UNKNOWN_STATUS);
	if (kind->way != NEVER_HANDED_OVER)
		KUNIT_ASSERT_EQ(test, !tdx_tdh_spdm_create(0, array, &session),
				kind->way == RETURNED || kind->way == LEAKED);

	/* This logs "Failed" for a page of unknown type, but marks it. */
	memory_failure(page_to_pfn(page), MF_SW_SIMULATED);
	KUNIT_ASSERT_TRUE(test, PageHWPoison(page));
	touched = touches(page);
	if (kind->way == RETURNED)
		expect_success(test, tdx_tdh_spdm_delete(session, array));
	KUNIT_EXPECT_EQ_MSG(test,
			    kind->way == LEAKED ? tdx_page_array_leak(array)
						: tdx_page_array_release(array),
			    -EUCLEAN, "page %u is broken", which);
	for (i = 0; i < PAGES && kind->origin == ADOPTED; i++)
		put_page(own[i]);
	expect_out_of_use(test, page, which);
	KUNIT_EXPECT_EQ_MSG(test, touches(page), touched, "broken page %u was flushed", which);
	KUNIT_EXPECT_EQ_MSG(test, since_start(test).freed - freed, PAGES - 1,
			    "freed, with broken page %u", which);
}

static void a_page_that_breaks_stays_out_of_use(struct kunit *test)
{
	set_spdm_pages(PAGES);
	breaks(test, test->param_value, 0);
	breaks(test, test->param_value, 300);
	breaks(test, test->param_value, PAGES - 1);
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
	KUNIT_CASE_PARAM(a_page_that_breaks_stays_out_of_use, kind_gen_params),
	{},
};

TEST_SUITE("edge_poison", harness_init, look_at_rest);
