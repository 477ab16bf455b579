// SPDX-License-Identifier: GPL-2.0
/*
 * The quarantine retries automatically: pages that the TDX module has released are freed. How long it waits between
 * two retries: kunit/user/turns_test.c.
 */
#include <linux/delay.h>

#include "../suites/harness.h"

#define PAGES	   300
#define PATIENCE_S 60

static void pages_that_the_tdx_module_released_leave_by_themselves(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, PAGES, &session);
	unsigned int waited;

	KUNIT_ASSERT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_ASSERT_EQ(test, since_start(test).quarantined, PAGES);
	seam_emulator_settle();
	for (waited = 0; waited < PATIENCE_S && since_start(test).quarantined; waited++)
		msleep(1000);
	KUNIT_EXPECT_EQ_MSG(test, since_start(test).quarantined, 0, "after %u s", waited);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(pages_that_the_tdx_module_released_leave_by_themselves),
	{},
};

TEST_SUITE("edge_retry", harness_init, harness_exit);
