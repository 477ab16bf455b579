// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that breaks while an array has it: memory_failure() marks a page, whatever it was taken for. Whichever way the
 * array came to its pages and whichever way it ends, the broken page stays out of use and is not touched any more, and
 * all others go back.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "../suites/harness.h"

#define PAGES 600 /* a block of 512, and more */
/* In the middle of a large block, at its beginning, and a single page at the end. */
static const unsigned int broken_ones[] = {0, 77, 511, PAGES - 1};

enum origin {
	SCATTERED,
	CONTIGUOUS,
	ADOPTED,
};

/* How it ends. */
enum way {
	NEVER_HANDED_OVER,
	REFUSED,
	RETURNED,
	IN_DOUBT,
	LEAKED,
};

struct kind {
	const char *name;
	enum origin origin;
	enum way way;
};

static const struct kind kinds[] = {
	{"allocated, never handed over", SCATTERED, NEVER_HANDED_OVER},
	{"allocated, refused", SCATTERED, REFUSED},
	{"allocated, returned", SCATTERED, RETURNED},
	{"allocated, in doubt", SCATTERED, IN_DOUBT},
	{"allocated, leaked", SCATTERED, LEAKED},
	{"contiguous, never handed over", CONTIGUOUS, NEVER_HANDED_OVER},
	{"contiguous, returned", CONTIGUOUS, RETURNED},
	{"adopted, never handed over", ADOPTED, NEVER_HANDED_OVER},
	{"adopted, returned", ADOPTED, RETURNED},
	{"adopted, in doubt", ADOPTED, IN_DOUBT},
};

static void describe(const struct kind *kind, char *description)
{
	strscpy(description, kind->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(kind, kinds, describe);

static struct page *own[PAGES];
static u64 session;

static struct tdx_page_array *make(struct kunit *test, enum origin origin)
{
	unsigned int i;

	switch (origin) {
	case SCATTERED:
		break;
	case CONTIGUOUS:
		return tdx_page_array_create_node(PAGES, TDX_PAGE_ARRAY_ANY_NODE,
						  TDX_PAGE_ARRAY_CONTIGUOUS);
	case ADOPTED:
		for (i = 0; i < PAGES; i++) {
			own[i] = alloc_page(GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, own[i]);
		}
		return tdx_page_array_adopt(own, PAGES);
	}
	return tdx_page_array_create(PAGES);
}

/* Up to the moment in which the page breaks. */
static void hand_over(struct kunit *test, struct tdx_page_array *array, enum way way)
{
	set_spdm_pages(PAGES);
	switch (way) {
	case NEVER_HANDED_OVER:
		return;
	case REFUSED:
		inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID));
		KUNIT_ASSERT_NE(test, tdx_tdh_spdm_create(0, array, &session), 0);
		return;
	case IN_DOUBT:
		inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
		KUNIT_ASSERT_NE(test, tdx_tdh_spdm_create(0, array, &session), 0);
		return;
	case RETURNED:
	case LEAKED:
		KUNIT_ASSERT_EQ(test, tdx_tdh_spdm_create(0, array, &session), 0);
	}
}

static int end(struct tdx_page_array *array, enum way way)
{
	if (way == LEAKED)
		return tdx_page_array_leak(array);
	if (way == RETURNED)
		tdx_tdh_spdm_delete(session, array);
	return tdx_page_array_release(array);
}

/* In the hands of the page allocator: nothing holds it. */
static bool is_free(struct page *page)
{
	return !page_count(page);
}

static u32 writes_back(struct page *page)
{
	struct seam_event history[32];
	u32 i, times = 0,
	       count = seam_emulator_history(page_to_phys(page), history, ARRAY_SIZE(history));

	for (i = 0; i < count; i++)
		times += history[i].kind == SEAM_EVENT_WRITTEN_BACK ||
			 history[i].kind == SEAM_EVENT_CONVERTED;
	return times;
}

static void put_own(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		put_page(own[i]);
}

/* Nothing broke, as far as the tests that follow are concerned. */
static void mend(struct kunit *test, struct page *page)
{
	if (PageHWPoison(page))
		KUNIT_EXPECT_EQ(test, unpoison_memory(page_to_pfn(page)), 0);
}

static void breaks(struct kunit *test, const struct kind *kind, unsigned int which)
{
	struct tdx_page_array *array = make(test, kind->origin);
	const struct tdx_page_array_counters before = since_start(test);
	struct tdx_page_array_counters after;
	struct page *page;
	u32 touched;
	int error;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	page = tdx_page_array_page(array, which);
	hand_over(test, array, kind->way);
	/* "Failed" to recover is what it says of a page that it does not know; marked it is. */
	memory_failure(page_to_pfn(page), MF_SW_SIMULATED);
	KUNIT_ASSERT_TRUE(test, PageHWPoison(page));
	touched = writes_back(page);
	error = end(array, kind->way);
	KUNIT_EXPECT_EQ_MSG(test, error, -EUCLEAN, "page %u is broken", which);
	KUNIT_EXPECT_FALSE_MSG(test, is_free(page),
			       "broken page %u was given to the page allocator", which);
	KUNIT_EXPECT_EQ_MSG(test, writes_back(page), touched, "broken page %u was flushed", which);
	after = since_start(test);
	if (kind->way != LEAKED)
		KUNIT_EXPECT_EQ_MSG(test, after.freed - before.freed, PAGES - 1,
				    "with broken page %u", which);
	if (kind->origin == ADOPTED)
		put_own();
	mend(test, page);
	empty_quarantine(test);
}

static void a_page_that_breaks_stays_out_of_use(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(broken_ones); i++)
		breaks(test, kind, broken_ones[i]);
}

/* The TDX module would write to it, and the machine check would be in its hands. */
static void an_array_with_a_broken_page_is_not_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	struct page *page = tdx_page_array_page(array, 300);
	u64 status;

	set_spdm_pages(PAGES);
	memory_failure(page_to_pfn(page), MF_SW_SIMULATED);
	KUNIT_ASSERT_TRUE(test, PageHWPoison(page));
	status = tdx_tdh_spdm_create(0, array, &session);
	KUNIT_EXPECT_NE(test, status, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), 0);
	if (!status)
		tdx_tdh_spdm_delete(session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_FALSE(test, is_free(page));
	mend(test, page);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_page_that_breaks_stays_out_of_use, kind_gen_params),
	KUNIT_CASE(an_array_with_a_broken_page_is_not_handed_over),
	{},
};

static struct kunit_suite suite = {
	.name = "edge_poison",
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
