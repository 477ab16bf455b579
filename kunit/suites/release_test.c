// SPDX-License-Identifier: GPL-2.0
/*
 * A release that stops: if a leaf is not executed, is busy, or the TDX module is not available, nothing is freed, and the
 * next release continues with the page where this one stopped.
 */
#include "harness.h"
#include "td.h"

#define PAGES 16

/* Why a leaf for one page has no result, and what release returns then. */
struct stop {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
	int error;
};

static const struct stop stops[] = {
	{"VMfailInvalid", SEAM_INJECT_VMFAILINVALID, 0, 1, -EAGAIN},
	{"SEAMRR is off", SEAM_INJECT_GP, 0, 1, -EAGAIN},
	{"VMX is off", SEAM_INJECT_UD, 0, 1, -EAGAIN},
	{"no entropy", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, WRAPPER_TRIES, -EAGAIN},
	{"shut down", SEAM_INJECT_STATUS, 0xC000050600000000ULL, 1, -EAGAIN},
	{"not ready", SEAM_INJECT_STATUS, 0xC000050500000000ULL, 1, -EAGAIN},
	{"not initialised on this CPU", SEAM_INJECT_STATUS, SEAM_SYS_LP_INIT_NOT_DONE, 1, -EAGAIN},
	{"busy page", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, WRAPPER_TRIES, -EBUSY},
	{"busy module", SEAM_INJECT_STATUS, 0x8000020200000000ULL, WRAPPER_TRIES, -EBUSY},
	{"interrupted while busy", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_BUSY, WRAPPER_TRIES,
	 -EBUSY},
};

KUNIT_ARRAY_PARAM_DESC(stop, stops, name);

/* Plans the stop for the @nth call of @leaf from now on. */
static void plan(struct kunit *test, u16 leaf, u32 nth)
{
	const struct stop *stop = test->param_value;

	inject(test, FROM_CALL(leaf, nth, stop->times, stop->kind, stop->value));
}

/* The release changed no counter: all @pages are still in arrays. */
static void expect_stopped(struct kunit *test, struct tdx_page_array *array, u32 pages)
{
	const struct stop *stop = test->param_value;

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), stop->error);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, pages);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
}

static void a_release_goes_on_from_where_it_stopped(struct kunit *test)
{
	const struct stop *stop = test->param_value;
	u32 nth, calls;

	for (nth = 1; nth <= PAGES; nth += 5) {
		struct tdx_page_array *array = make_returned(test, PAGES);
		const u64 freed = since_start(test).freed;
		const u64 seamcalls = since_start(test).seamcalls;

		calls = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);
		plan(test, SEAM_PHYMEM_PAGE_WBINVD, nth);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), stop->error);
		KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, PAGES);
		KUNIT_EXPECT_EQ(test, since_start(test).freed, freed);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD),
				calls + nth - 1 + stop->times);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
		KUNIT_EXPECT_EQ(test, since_start(test).freed, freed + PAGES);
		/* Each page was written back once. */
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD),
				calls + PAGES + stop->times);
		KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, seamcalls + PAGES + stop->times);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
}

/* Only some pages are written back: the array cannot become a new object. */
static void an_array_whose_release_has_begun_is_not_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, PAGES);
	u64 session, calls;

	plan(test, SEAM_PHYMEM_PAGE_WBINVD, 4);
	expect_stopped(test, array, PAGES);
	calls = since_start(test).seamcalls;
	expect_refused(test, EBUSY, tdx_tdh_spdm_create(0, array, &session));
	expect_refused(test, EBUSY, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, calls);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* A final refusal before the stop is remembered as well. */
static void a_refused_page_stays_alone_when_a_release_goes_on(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, PAGES);

	inject(test, NTH_CALL(SEAM_PHYMEM_PAGE_WBINVD, 3, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
	plan(test, SEAM_PHYMEM_PAGE_WBINVD, 7);
	EXPECT_WARNINGS(test, 1, expect_stopped(test, array, PAGES));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES - 1);
	empty_quarantine(test);
}

/* RDMD of pages in doubt stops. */
static void asking_about_a_page_stops_a_release(struct kunit *test)
{
	const struct stop *stop = test->param_value;
	struct tdx_page_array *array = make_array(test, PAGES);
	u64 session;

	answer_next(test, SEAM_SPDM_CREATE, UNKNOWN_STATUS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), UNKNOWN_STATUS);
	plan(test, SEAM_PHYMEM_PAGE_RDMD, 3);
	expect_stopped(test, array, PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), PAGES + stop->times);
}

/* RECLAIM stops; each page is reclaimed once. */
static void reclaiming_stops_and_goes_on(struct kunit *test)
{
	const struct stop *stop = test->param_value;
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	plan(test, SEAM_PHYMEM_PAGE_RECLAIM, 3);
	expect_stopped(test, tdcs, TDCS_PAGES + 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM),
			TDCS_PAGES + stop->times);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	/* The TDR is written back afterwards. */
	plan(test, SEAM_PHYMEM_PAGE_WBINVD, 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(td.tdr), stop->error);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 1);
	td_release(test, &td);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM),
			TDCS_PAGES + stop->times + 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, TDCS_PAGES + 1);
}

/* Leak does not wait: it frees the pages that are safe, and puts the others in quarantine. */
static void leak_ends_what_a_release_began(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, PAGES);

	plan(test, SEAM_PHYMEM_PAGE_WBINVD, 4);
	expect_stopped(test, array, PAGES);
	plan(test, SEAM_PHYMEM_PAGE_WBINVD, 2);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES - 1);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_release_goes_on_from_where_it_stopped, stop_gen_params),
	KUNIT_CASE_PARAM(an_array_whose_release_has_begun_is_not_handed_over, stop_gen_params),
	KUNIT_CASE_PARAM(a_refused_page_stays_alone_when_a_release_goes_on, stop_gen_params),
	KUNIT_CASE_PARAM(asking_about_a_page_stops_a_release, stop_gen_params),
	KUNIT_CASE_PARAM(reclaiming_stops_and_goes_on, stop_gen_params),
	KUNIT_CASE_PARAM(leak_ends_what_a_release_began, stop_gen_params),
	{},
};

TEST_SUITE("release", harness_init, harness_exit);
