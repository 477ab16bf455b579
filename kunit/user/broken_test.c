// SPDX-License-Identifier: GPL-2.0
/*
 * Pages with a memory failure: what is refused, what is touched, and what stays out of use. In user space each test may
 * lose its page; kunit/edges/poison_test.c uses the kernel's memory_failure().
 */
#include "../suites/lines.h"
#include "../suites/td.h"
#include "machine.h"
#include "shown.h"

#define PAGES 40

static void break_page(struct kunit *test, struct tdx_page_array *array, u32 index)
{
	platform_broken_page = hpa_of(test, array, index) >> PAGE_SHIFT;
}

/* The broken page stays, and the TDX module is not asked about it again. */
static void expect_stays(struct kunit *test, u32 freed, u32 quarantined)
{
	u64 before;

	KUNIT_EXPECT_EQ(test, since_start(test).freed, freed);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, quarantined);
	before = since_start(test).seamcalls;
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	platform_broken_page = 0;
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, before);
}

static void a_returned_page_that_breaks_is_not_touched(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, PAGES);

	break_page(test, array, 17);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), PAGES - 1);
	expect_stays(test, PAGES - 1, 1);
}

static void the_log_has_the_reason_of_the_first_page_that_stays(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, 2);

	break_page(test, array, 0);
	inject(test, FROM_CALL(SEAM_PHYMEM_PAGE_WBINVD, 1, WRAPPER_TRIES, SEAM_INJECT_STATUS,
			       SEAM_OPERAND_BUSY));
	EXPECT_LINE(test, EUCLEAN, tdx_page_array_leak(array),
		    "2 of 2 pages are in quarantine (memory failure): returned by");
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
	expect_stays(test, 1, 1);
}

static void a_page_that_breaks_before_it_is_handed_over_stays(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);

	break_page(test, array, 20);
	EXPECT_LINE(test, EUCLEAN, tdx_page_array_release(array),
		    "array #: 1 of 40 pages are in quarantine (memory failure): the host's, never "
		    "handed over");
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	expect_shown(test, TDX_CORE_VIEW_QUARANTINE, 1,
		     " reason=\"memory failure\" leaf=- status=- status_name=- keyid=- ");
	expect_stays(test, PAGES - 1, 1);
}

/* Its reclaim finds the TDX module busy at first. The TDR comes back only after the TDCS pages. */
static void a_broken_control_page_is_reclaimed_and_stays(struct kunit *test)
{
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	struct td td = td_make(test, TD_KEYID);

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	break_page(test, tdcs, 1);
	inject(test, FROM_CALL(SEAM_PHYMEM_PAGE_RECLAIM, 2, WRAPPER_TRIES, SEAM_INJECT_STATUS,
			       SEAM_OPERAND_BUSY | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), -EBUSY);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM),
			TDCS_PAGES + WRAPPER_TRIES);
	/* RECLAIM says that no cache has lines of the TD's KeyID. */
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	td_release(test, &td);
	expect_stays(test, TDCS_PAGES, 1);
}

static void a_page_that_breaks_in_quarantine_stays_for_good(struct kunit *test)
{
	u64 session, before;
	struct tdx_page_array *array = make_session(test, 3, &session);

	break_page(test, array, 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	before = since_start(test).seamcalls;
	forget_lines();
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	KUNIT_EXPECT_EQ(test, lines_since(), 1);
	KUNIT_EXPECT_TRUE(test, last_line_has("stays for good: memory failure"));
	/* No leaf was asked. */
	KUNIT_EXPECT_FALSE(test, last_line_has("SUCCESS"));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, before + 2);
	platform_broken_page = 0;
	seam_emulator_settle();
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 2);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
}

static void a_broken_page_is_not_handed_over_with_an_object(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16);
	u64 session;

	set_spdm_pages(16);
	break_page(test, array, 15);
	expect_refused(test, EIO, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, 0);
	platform_broken_page = 0;
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* Only broken pages of the window matter. */
static void a_window_with_a_broken_page_is_not_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 520);

	set_ext_pool(520);
	break_page(test, array, 512);
	expect_success(test, add_window(test, array, 0));
	expect_refused(test, EIO, add_window(test, array, 512));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 1);
	break_page(test, array, 511);
	expect_success(test, tdx_tdh_ext_mem_add(array));
	platform_broken_page = 0;
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
}

static void a_broken_control_page_is_not_handed_over(struct kunit *test)
{
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	struct td td = td_make(test, TD_KEYID);
	u32 i;

	for (i = 0; i < TDCS_PAGES; i++) {
		break_page(test, tdcs, i);
		expect_refused(test, EIO, tdx_tdh_mng_addcx(td.tdr, tdcs));
		/* Another broken page does not matter. */
		break_page(test, tdcs, i ? i - 1 : 1);
		expect_success(test, tdx_tdh_mng_addcx(td.tdr, tdcs));
	}
	platform_broken_page = 0;
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &td);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_ALONE(a_returned_page_that_breaks_is_not_touched),
	KUNIT_CASE_ALONE(the_log_has_the_reason_of_the_first_page_that_stays),
	KUNIT_CASE_ALONE(a_page_that_breaks_before_it_is_handed_over_stays),
	KUNIT_CASE_ALONE(a_broken_control_page_is_reclaimed_and_stays),
	KUNIT_CASE_ALONE(a_page_that_breaks_in_quarantine_stays_for_good),
	KUNIT_CASE(a_broken_page_is_not_handed_over_with_an_object),
	KUNIT_CASE(a_window_with_a_broken_page_is_not_handed_over),
	KUNIT_CASE(a_broken_control_page_is_not_handed_over),
	{},
};

LINES_SUITE("broken");
