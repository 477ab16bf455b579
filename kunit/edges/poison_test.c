// SPDX-License-Identifier: GPL-2.0
/*
 * A memory error in a page of an array: memory_failure() marks the page as poisoned. However the array got its pages
 * and however it ends, the poisoned page stays out of use and is not accessed any more, and all other pages are freed.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/page-flags.h>
#include <linux/prandom.h>

#include "../suites/harness.h"
#include "../suites/td.h"

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of the pages that break (1)");

/* Blocks of all sizes, up to the limit of one session; or one large block. */
#define PAGES 511
#define BLOCK 512

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

struct kind {
	const char *name;
	enum origin origin;
	enum way way;
	unsigned int pages;
};

static const struct kind kinds[] = {
	{"allocated, never handed over", SCATTERED, NEVER_HANDED_OVER, PAGES},
	{"allocated, refused", SCATTERED, REFUSED, PAGES},
	{"allocated, returned", SCATTERED, RETURNED, PAGES},
	{"allocated, in doubt", SCATTERED, IN_DOUBT, PAGES},
	{"allocated, leaked", SCATTERED, LEAKED, PAGES},
	{"one block, never handed over", SCATTERED, NEVER_HANDED_OVER, BLOCK},
	{"one block, refused", SCATTERED, REFUSED, BLOCK},
	{"one block, returned", SCATTERED, RETURNED, BLOCK},
	{"one block, in doubt", SCATTERED, IN_DOUBT, BLOCK},
	{"contiguous, never handed over", CONTIGUOUS, NEVER_HANDED_OVER, PAGES},
	{"contiguous, returned", CONTIGUOUS, RETURNED, PAGES},
	{"adopted, never handed over", ADOPTED, NEVER_HANDED_OVER, PAGES},
	{"adopted, returned", ADOPTED, RETURNED, PAGES},
	{"adopted, in doubt", ADOPTED, IN_DOUBT, PAGES},
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static struct page *own[PAGES];
static u64 session;

static struct tdx_page_array *make(struct kunit *test, const struct kind *kind)
{
	unsigned int i;

	switch (kind->origin) {
	case SCATTERED:
		break;
	case CONTIGUOUS:
		return tdx_page_array_create_node(kind->pages, TDX_PAGE_ARRAY_ANY_NODE,
						  TDX_PAGE_ARRAY_CONTIGUOUS);
	case ADOPTED:
		for (i = 0; i < kind->pages; i++) {
			own[i] = alloc_page(GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, own[i]);
		}
		return tdx_page_array_adopt(own, kind->pages);
	}
	return tdx_page_array_create(kind->pages);
}

/* The steps before the memory error. */
static void hand_over(struct kunit *test, struct tdx_page_array *array, enum way way)
{
	switch (way) {
	case NEVER_HANDED_OVER:
		return;
	case REFUSED:
		answer_next(test, SEAM_SPDM_CREATE, SEAM_OPERAND_INVALID);
		KUNIT_ASSERT_NE(test, tdx_tdh_spdm_create(0, array, &session), 0);
		return;
	case IN_DOUBT:
		answer_next(test, SEAM_SPDM_CREATE, UNKNOWN_STATUS);
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

/* memory_failure() logs "Failed" for a page of unknown type, but marks it. */
static void break_page(struct kunit *test, struct page *page)
{
	memory_failure(page_to_pfn(page), MF_SW_SIMULATED);
	KUNIT_ASSERT_TRUE(test, PageHWPoison(page));
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

static void put_own(unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		put_page(own[i]);
}

static void breaks(struct kunit *test, const struct kind *kind, unsigned int which)
{
	const struct tdx_page_array_counters before = since_start(test);
	struct tdx_page_array_counters after;
	struct tdx_page_array *array;
	struct page *page;
	u32 touched;
	int error;

	set_spdm_pages(kind->pages);
	array = make(test, kind);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	page = tdx_page_array_page(array, which);
	hand_over(test, array, kind->way);
	break_page(test, page);
	touched = touches(page);
	error = end(array, kind->way);
	KUNIT_EXPECT_EQ_MSG(test, error, -EUCLEAN, "page %u of %u is broken", which, kind->pages);
	if (kind->origin == ADOPTED)
		put_own(kind->pages);
	expect_out_of_use(test, page, which);
	KUNIT_EXPECT_EQ_MSG(test, touches(page), touched, "broken page %u was flushed", which);
	after = since_start(test);
	KUNIT_EXPECT_EQ_MSG(test, after.freed - before.freed, kind->pages - 1,
			    "freed, with broken page %u", which);
}

static void a_page_that_breaks_stays_out_of_use(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct rnd_state random;
	unsigned int i;

	prandom_seed_state(&random, seed);
	breaks(test, kind, 0);
	breaks(test, kind, kind->pages - 1);
	for (i = 0; i < 3; i++)
		breaks(test, kind, prandom_u32_state(&random) % kind->pages);
}

static void a_control_page_of_a_td_that_breaks_stays_out_of_use(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	struct page *page = tdx_page_array_page(tdcs, seed % TDCS_PAGES);
	u32 touched;

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	break_page(test, page);
	touched = touches(page);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, touches(page), touched);
	/* The TDR can be reclaimed: the poisoned page no longer belongs to the TD. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(td.tdr), 0);
	expect_out_of_use(test, page, seed % TDCS_PAGES);
}

/* The TDX module would write to the page and take the machine check. */
static void an_array_with_a_broken_page_is_not_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	const unsigned int which = 1 + seed % (PAGES - 1);
	struct page *page = tdx_page_array_page(array, which);
	u64 status;

	set_spdm_pages(PAGES);
	break_page(test, page);
	status = tdx_tdh_spdm_create(0, array, &session);
	KUNIT_EXPECT_NE(test, status, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), 0);
	if (!status)
		tdx_tdh_spdm_delete(session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	expect_out_of_use(test, page, which);
}

/* Poisoned pages stay in quarantine; the ledger adds up, no array is left, and the judge has no finding. */
static void look_at_rest(struct kunit *test)
{
	const struct tdx_page_array_counters changes = since_start(test);
	struct seam_finding finding;
	const u32 findings = seam_emulator_take_findings(&finding, 1);

	KUNIT_EXPECT_EQ_MSG(test, findings, 0, "judge: %s",
			    findings ? seam_emulator_finding_text(finding.kind) : "");
	KUNIT_EXPECT_EQ(test, changes.in_arrays, 0);
	KUNIT_EXPECT_EQ(test, changes.taken, changes.freed + changes.quarantined);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_page_that_breaks_stays_out_of_use, kind_gen_params),
	KUNIT_CASE(a_control_page_of_a_td_that_breaks_stays_out_of_use),
	KUNIT_CASE(an_array_with_a_broken_page_is_not_handed_over),
	{},
};

TEST_SUITE("edge_poison", harness_init, look_at_rest);
