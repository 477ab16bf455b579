// SPDX-License-Identifier: GPL-2.0
/* For how long an interrupted call is resumed, by a clock that the test sets. User space only. */
#include <linux/kthread.h>

#include "../suites/harness.h"
#include "machine.h"
#include "platform.h"

#define MINUTE 60000000000ULL

/* How long each call of this leaf takes. */
static u16 timed_leaf;
static u64 call_ns;

static void advance(u16 leaf)
{
	if (leaf == timed_leaf)
		platform_clock += call_ns;
}

static void time_calls(u16 leaf, u64 each)
{
	platform_clock = 1;
	timed_leaf = leaf;
	call_ns = each;
	platform_before_seamcall = advance;
}

static void timed_exit(struct kunit *test)
{
	platform_before_seamcall = NULL;
	platform_clock = 0;
	harness_exit(test);
}

/* The minute begins with the first interruption, and the last nanosecond of it counts. */
static void a_call_is_resumed_for_a_minute(struct kunit *test)
{
	static const struct {
		u64 each;
		u32 calls;
	} ends[] = {{MINUTE, 2}, {MINUTE - 1, 3}, {MINUTE / 2, 3}, {MINUTE / 3, 4}};
	struct tdx_page_array *array;
	u64 iommu;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		const u64 before = seam_emulator_calls(SEAM_IOMMU_SETUP);

		array = make_iommu_mt(test, 1, 4);
		inject(test, FROM_CALL(SEAM_IOMMU_SETUP, 1, ends[i].calls, SEAM_INJECT_STATUS,
				       SEAM_INTERRUPTED_RESUMABLE));
		time_calls(SEAM_IOMMU_SETUP, ends[i].each);
		KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(0xfed90000, array, &iommu),
				SEAM_INTERRUPTED_RESUMABLE);
		KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_IOMMU_SETUP) - before,
				    ends[i].calls, "%llu ns each", ends[i].each);
		/* The next call resumes at the point of the interruption. */
		expect_success(test, tdx_tdh_iommu_setup(0xfed90000, array, &iommu));
		end_iommu(test, iommu, array);
	}
}

static void adding_memory_that_was_given_up_resumes_the_interrupted_call(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);
	u64 list;

	set_ext_pool(8);
	set_interrupt_every(3);
	inject(test, NTH_CALL(SEAM_EXT_MEM_ADD, 2, SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE));
	time_calls(SEAM_EXT_MEM_ADD, MINUTE);
	KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_INTERRUPTED_RESUMABLE);
	list = last_register(SEAM_EXT_MEM_ADD, SEAM_RCX);
	set_interrupt_every(0);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_EXT_MEM_ADD, SEAM_RCX), list);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
}

static void each_step_of_progress_has_a_minute_of_its_own(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);

	set_ext_pool(8);
	set_interrupt_every(1);
	time_calls(SEAM_EXT_MEM_ADD, MINUTE - 1);
	expect_success(test, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 8);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
}

static int call_killed(void *page)
{
	u64 bytes;

	platform_is_killed = true;
	return tdx_status_to_errno(tdx_tdh_spdm_disconnect(1, page, page, &bytes));
}

/* The TDX module executes one service call at a time. */
static void a_caller_that_is_killed_does_not_wait_for_the_service(struct kunit *test)
{
	struct page *page = make_page(test);

	tdx_shim_lock(TDX_SHIM_LOCK_SERVICE);
	KUNIT_EXPECT_EQ(test, kthread_stop(kthread_run(call_killed, page, "killed")), -EBUSY);
	tdx_shim_unlock(TDX_SHIM_LOCK_SERVICE);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DISCONNECT), 0);
	/* With no service call in progress, the killed caller's call is issued. */
	KUNIT_EXPECT_NE(test, kthread_stop(kthread_run(call_killed, page, "killed")), -EBUSY);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DISCONNECT), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_caller_that_is_killed_does_not_wait_for_the_service),
	KUNIT_CASE(a_call_is_resumed_for_a_minute),
	KUNIT_CASE(adding_memory_that_was_given_up_resumes_the_interrupted_call),
	KUNIT_CASE(each_step_of_progress_has_a_minute_of_its_own),
	{},
};

TEST_SUITE("patience", harness_init, timed_exit);
