// SPDX-License-Identifier: GPL-2.0
/* Bad input of a caller: the documented errno, no SEAMCALL, no page lost. */
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "harness.h"

static void an_array_of_no_pages_is_refused(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_create(0), ERR_PTR(-EINVAL));
}

static void more_pages_than_one_list_holds_are_refused_as_an_object(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 513);
	u64 session = 0;

	expect_refused(test, E2BIG, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void null_and_error_pointers_are_no_handles(struct kunit *test)
{
	expect_bad_handle(test, NULL, -EINVAL);
	expect_bad_handle(test, ERR_PTR(-ENOMEM), -EINVAL);
	expect_bad_handle(test, ERR_PTR(-MAX_ERRNO), -EINVAL);
}

static int add_memory(void *array)
{
	tdx_tdh_ext_mem_add(array);
	return 0;
}

/* The first caller takes long: its call is interrupted again and again. */
static void a_second_caller_is_told_that_the_array_is_in_use(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 8);
	struct task_struct *other;

	inject(test, FROM_CALL(SEAM_EXT_MEM_ADD, 1, 90000, SEAM_INJECT_STATUS,
			       SEAM_INTERRUPTED_RESUMABLE));
	other = kthread_create(add_memory, array, "tdx_page_array_test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	get_task_struct(other);
	wake_up_process(other);
	while (!seam_emulator_calls(SEAM_EXT_MEM_ADD))
		cond_resched();
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EBUSY);
	expect_refused(test, EBUSY, tdx_tdh_ext_mem_add(array));
	/* Constant properties can be read while the array is in use. */
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, tdx_page_array_page(array, 7));
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), 8);
	KUNIT_EXPECT_GT(test, seam_emulator_pending_injections(), 0);
	kthread_stop_put(other);

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 8);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_of_no_pages_is_refused),
	KUNIT_CASE(more_pages_than_one_list_holds_are_refused_as_an_object),
	KUNIT_CASE(null_and_error_pointers_are_no_handles),
	KUNIT_CASE(a_second_caller_is_told_that_the_array_is_in_use),
	{},
};

TEST_SUITE("input", harness_init, harness_exit);
