// SPDX-License-Identifier: GPL-2.0
/*
 * The quarantine retries automatically: pages that the TDX module has released are freed, and pages that it keeps are
 * checked less and less often.
 */
#include <linux/delay.h>

#include "../suites/harness.h"

#define PAGES	   300
#define PATIENCE_S 60

static void lose_session(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, PAGES, &session);

	KUNIT_ASSERT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_ASSERT_EQ(test, since_start(test).quarantined, PAGES);
}

static void pages_that_the_tdx_module_released_leave_by_themselves(struct kunit *test)
{
	unsigned int waited;

	lose_session(test);
	seam_emulator_settle();
	for (waited = 0; waited < PATIENCE_S && since_start(test).quarantined; waited++)
		msleep(1000);
	KUNIT_EXPECT_EQ_MSG(test, since_start(test).quarantined, 0, "after %u s", waited);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
	empty_quarantine(test);
}

static u64 questions(void)
{
	return seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD);
}

/* Pages that the module keeps are checked again, but less often in the second interval than in the first. */
static void pages_that_stay_are_checked_less_and_less_often(struct kunit *test)
{
	u64 first, second;

	lose_session(test);
	msleep(100 * 1000);
	first = questions();
	msleep(100 * 1000);
	second = questions() - first;
	KUNIT_EXPECT_GT(test, first, 0);
	KUNIT_EXPECT_LT(test, second, first);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(pages_that_the_tdx_module_released_leave_by_themselves),
	KUNIT_CASE_SLOW(pages_that_stay_are_checked_less_and_less_often),
	{},
};

TEST_SUITE("edge_retry", harness_init, harness_exit);
