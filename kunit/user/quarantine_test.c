// SPDX-License-Identifier: GPL-2.0
/* What the core shows of pages that did not come back: which they are, whose, and why. */
#include "../suites/td.h"
#include "machine.h"
#include "shown.h"

#define PAGES	  6
#define NOT_ASKED " reason=\"not asked yet\" "

static void the_quarantine_shows_each_page_with_its_reason(struct kunit *test)
{
	const char *last = text;
	char page[40];
	u64 session;
	u32 i;
	struct tdx_page_array *array = make_session(test, 3, &session);

	snprintf(page, sizeof(page), "page=%#llx array=", hpa_of(test, array, 2));
	answer_next(test, SEAM_SPDM_DELETE, SEAM_OPERAND_INVALID | SEAM_RCX);
	tdx_tdh_spdm_delete(session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	expect_shown(
		test, TDX_CORE_VIEW_QUARANTINE, 3,
		" handed_over_by=TDH.SPDM.CREATE reason=\"leaked while the TDX module owned it\" "
		"leaf=TDH.SPDM.DELETE status=0xc000010000000001 status_name=\"OPERAND_INVALID\" "
		"keyid=32 "
		"from=\"the page allocator\" retries=0 retry_reason=- retry_leaf=- "
		"retry_status=- retry_status_name=-\n");
	expect_words(test, page);
	/* The lines are sorted by address, and the pages are one block. */
	for (i = 0; i < 2; i++)
		last = strchr(last, '\n') + 1;
	KUNIT_EXPECT_TRUE(test, !strncmp(last, page, strlen(page)));
	empty_quarantine(test);
	expect_shown(test, TDX_CORE_VIEW_QUARANTINE, 0, "");
}

/* The answer to the last retry is shown beside the first reason. */
static void a_retry_does_not_change_why_a_page_came_to_the_quarantine(struct kunit *test)
{
	const char *first = " reason=\"private cache lines could not be written back\" "
			    "leaf=TDH.PHYMEM.PAGE.WBINVD status=0xc000030000000001 ";
	struct tdx_page_array *array = make_returned(test, 1);

	answer_next(test, SEAM_PHYMEM_PAGE_WBINVD, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	}
	expect_shown(test, TDX_CORE_VIEW_QUARANTINE, 1, first);
	expect_words(test, " retries=0 retry_reason=- ");
	answer_next(test, SEAM_PHYMEM_PAGE_RDMD, SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	expect_shown(test, TDX_CORE_VIEW_QUARANTINE, 1, first);
	expect_words(test,
		     " retries=1 retry_reason=\"the TDX module does not say whose the "
		     "page is\" retry_leaf=TDH.PHYMEM.PAGE.RDMD retry_status=0xc000010000000001 "
		     "retry_status_name=\"OPERAND_INVALID\"\n");
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
}

static void pages_that_stay_out_of_use_are_counted_by_node(struct kunit *test)
{
	unsigned long long kept = 0;
	struct page *pages[4];
	struct tdx_page_array *array;
	const char *node;
	char words[80];
	u64 session;
	u32 i;

	/* Earlier tests left pages with the TDX module, too. */
	node = strstr(show(test, TDX_CORE_VIEW_NODES), "node=1 kept=");
	if (node)
		sscanf(node, "node=1 kept=%llu", &kept);
	set_ext_pool(3);
	array = tdx_page_array_create_node(3, 1, 0);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = machine_alloc(0, i / 3);
	set_spdm_pages(ARRAY_SIZE(pages));
	array = adopt(test, pages, ARRAY_SIZE(pages));
	expect_success(test, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	snprintf(words, sizeof(words), " quarantined=3\nnode=1 kept=%llu quarantined=1\n",
		 kept + 3);
	show(test, TDX_CORE_VIEW_NODES);
	expect_words(test, words);
	KUNIT_EXPECT_EQ(test, lines(), 2);
	empty_quarantine(test);
}

static void an_array_in_doubt_shows_its_first_and_its_last_leaf(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 3, &session);

	answer_next(test, SEAM_SPDM_DELETE, UNKNOWN_STATUS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(session, array), UNKNOWN_STATUS);
	expect_shown(
		test, TDX_CORE_VIEW_ARRAYS, 1,
		" custody=\"in doubt\" owned=0 touched=3 keyid=32 handed_over_by=TDH.SPDM.CREATE "
		"last_leaf=TDH.SPDM.DELETE last_status=0x");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	expect_shown(test, TDX_CORE_VIEW_QUARANTINE, 3,
		     " handed_over_by=TDH.SPDM.CREATE reason=\"the TDX module owns the page\" "
		     "leaf=TDH.PHYMEM.PAGE.RDMD ");
	empty_quarantine(test);
}

static u32 lines_with(struct kunit *test, const char *words)
{
	const char *at = show(test, TDX_CORE_VIEW_QUARANTINE);
	u32 count = 0;

	while ((at = strstr(at, words))) {
		count++;
		at++;
	}
	return count;
}

/* Answers that say nothing about a page: a leak puts it into the quarantine, from which an automatic retry frees it. */
static const struct seam_injection silences[] = {
	{.kind = SEAM_INJECT_VMFAILINVALID},
	{.kind = SEAM_INJECT_UD},
	{.kind = SEAM_INJECT_GP},
	{.kind = SEAM_INJECT_STATUS, .value = SEAM_SYS_SHUTDOWN},
	{.kind = SEAM_INJECT_STATUS, .value = SEAM_OPERAND_BUSY | SEAM_RCX},
	{.kind = SEAM_INJECT_STATUS, .value = SEAM_RND_NO_ENTROPY},
};

/* Pages that were returned are written back; about pages in doubt the TDX module is asked. */
static void pages_without_an_answer_come_back_later(struct kunit *test)
{
	struct tdx_page_array *array;
	u32 i, in_doubt;
	u64 session;

	for (i = 0; i < 2 * ARRAY_SIZE(silences); i++) {
		struct seam_injection silence = silences[i / 2];

		in_doubt = i % 2;
		array = in_doubt ? make_array(test, PAGES) : make_returned(test, PAGES);
		if (in_doubt) {
			answer_next(test, SEAM_SPDM_CREATE, UNKNOWN_STATUS);
			tdx_tdh_spdm_create(0, array, &session);
		}
		silence.leaf = in_doubt ? SEAM_PHYMEM_PAGE_RDMD : SEAM_PHYMEM_PAGE_WBINVD;
		silence.nth = 1;
		silence.times = ~0U;
		inject(test, &silence);
		KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
		seam_emulator_cancel_injections();
		KUNIT_EXPECT_EQ_MSG(test, lines_with(test, NOT_ASKED), PAGES, "row %u", i);
		tdx_core_retry_quarantine();
		KUNIT_EXPECT_EQ_MSG(test, since_start(test).quarantined, 0, "row %u", i);
		KUNIT_EXPECT_EQ(test, since_start(test).freed, (i + 1) * PAGES);
	}
}

/* The TDX module answers: the pages belong to a TD that lives. */
static void control_pages_of_a_living_td_are_leaked(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);

	td_add_all(test, &td, tdcs);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdcs), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(td.tdr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, lines_with(test, " reason=\"leaked while the TDX module owned it\" "),
			TDCS_PAGES + 1);
	td_tear_down(test, &td);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(control_pages_of_a_living_td_are_leaked),
	KUNIT_CASE(the_quarantine_shows_each_page_with_its_reason),
	KUNIT_CASE(a_retry_does_not_change_why_a_page_came_to_the_quarantine),
	KUNIT_CASE(pages_that_stay_out_of_use_are_counted_by_node),
	KUNIT_CASE(an_array_in_doubt_shows_its_first_and_its_last_leaf),
	KUNIT_CASE(pages_without_an_answer_come_back_later),
	{},
};

TEST_SUITE("quarantine", harness_init, harness_exit);
