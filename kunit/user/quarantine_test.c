// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that a leak puts into the quarantine because the TDX module gave no answer about them: the quarantine shows
 * this reason, and an automatic retry frees them. User space only: needs tdx_core_show().
 */
#include "../suites/td.h"
#include "machine.h"
#include "shown.h"

#define PAGES	  6
#define NOT_ASKED " reason=\"not asked yet\" "
#define STILL_ITS " reason=\"leaked while the TDX module owned it\" "

/* The number of lines of the quarantine that contain @words. */
static u32 lines_with(struct kunit *test, const char *words)
{
	const char *at = show(test, TDX_CORE_VIEW_QUARANTINE);
	u32 count = 0;

	for (; (at = strstr(at, words)); at++)
		count++;
	return count;
}

/* Answers that say nothing about a page. */
static const struct seam_injection silences[] = {
	{.kind = SEAM_INJECT_VMFAILINVALID},
	{.kind = SEAM_INJECT_UD},
	{.kind = SEAM_INJECT_GP},
	{.kind = SEAM_INJECT_STATUS, .value = SEAM_SYS_SHUTDOWN},
	{.kind = SEAM_INJECT_STATUS, .value = SEAM_OPERAND_BUSY | SEAM_RCX},
	{.kind = SEAM_INJECT_STATUS, .value = SEAM_RND_NO_ENTROPY},
};

static void describe(const struct seam_injection *silence, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u_%llx", silence->kind,
		 (unsigned long long)silence->value);
}
KUNIT_ARRAY_PARAM(silence, silences, describe);

static void leak_in_silence(struct kunit *test, struct tdx_page_array *array, u16 leaf)
{
	struct seam_injection silence = *(const struct seam_injection *)test->param_value;

	silence.leaf = leaf;
	silence.nth = 1;
	silence.times = ~0U;
	inject(test, &silence);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	seam_emulator_cancel_injections();
}

static void expect_back(struct kunit *test, u32 pages)
{
	KUNIT_EXPECT_EQ(test, lines_with(test, NOT_ASKED), pages);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, pages);
	tdx_core_retry_quarantine();
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, pages);
}

static void pages_that_are_not_written_back(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, PAGES);

	leak_in_silence(test, array, SEAM_PHYMEM_PAGE_WBINVD);
	expect_back(test, PAGES);
}

static void pages_in_doubt_that_are_not_asked_about(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	u64 session;

	answer_next(test, SEAM_SPDM_CREATE, UNKNOWN_STATUS);
	KUNIT_ASSERT_EQ(test, tdx_tdh_spdm_create(0, array, &session), UNKNOWN_STATUS);
	leak_in_silence(test, array, SEAM_PHYMEM_PAGE_RDMD);
	expect_back(test, PAGES);
}

/* The TDX module answers: the pages belong to a TD that lives. */
static void control_pages_of_a_living_td_are_leaked(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);

	td_add_all(test, &td, tdcs);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdcs), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(td.tdr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, lines_with(test, STILL_ITS), TDCS_PAGES + 1);
	td_tear_down(test, &td);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_that_are_not_written_back, silence_gen_params),
	KUNIT_CASE_PARAM(pages_in_doubt_that_are_not_asked_about, silence_gen_params),
	KUNIT_CASE(control_pages_of_a_living_td_are_leaked),
	{},
};

TEST_SUITE("quarantine", harness_init, harness_exit);
