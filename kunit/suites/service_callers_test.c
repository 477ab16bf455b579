// SPDX-License-Identifier: GPL-2.0
/* The service of SPDM sessions with concurrent callers: one call at a time, and none is lost. */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "service.h"

static void a_call_waits_for_no_message_of_another_session(struct kunit *test)
{
	struct device first, second;
	u64 bytes;

	open_device(test, &first);
	open_connection(test, &second);
	KUNIT_EXPECT_EQ(test, connect(&first, &bytes), TDX_PAGE_ARRAY_SPDM_REQUEST);
	expect_success(test, talk(heartbeat, &second));
	expect_success(test, talk(connect, &first));
	close_connection(test, &first);
	close_connection(test, &second);
}

/* Another caller, in its own thread. It is not on the stack: in a deadlock it outlives the test. */
struct caller {
	const struct device *device;
	u64 status;
	struct completion done;
};

static int call_connect(void *data)
{
	struct caller *caller = data;

	caller->status = talk(connect, caller->device);
	complete(&caller->done);
	return 0;
}

/* The call of the other one is interrupted again and again. */
static void a_caller_waits_until_the_call_of_another_one_has_ended(struct kunit *test)
{
	struct caller *caller = kzalloc(sizeof(*caller), GFP_KERNEL);
	struct device here, there;

	KUNIT_ASSERT_NOT_NULL(test, caller);
	open_device(test, &there);
	open_connection(test, &here);
	inject(test, FROM_CALL(SEAM_SPDM_CONNECT, 1, 50000, SEAM_INJECT_STATUS,
			       SEAM_INTERRUPTED_RESUMABLE));
	caller->device = &there;
	init_completion(&caller->done);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test,
				     kthread_run(call_connect, caller, "tdx_page_array_service"));
	while (seam_emulator_calls(SEAM_SPDM_CONNECT) <= MESSAGES + 1)
		cond_resched();
	KUNIT_EXPECT_EQ(test, seam_emulator_pending_injections(), 1);
	expect_success(test, talk(heartbeat, &here));
	KUNIT_EXPECT_EQ(test, seam_emulator_pending_injections(), 0);
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&caller->done, 60 * HZ), 0);
	expect_success(test, caller->status);
	kfree(caller);
	close_connection(test, &here);
	close_connection(test, &there);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_call_waits_for_no_message_of_another_session),
	KUNIT_CASE(a_caller_waits_until_the_call_of_another_one_has_ended),
	{},
};

TEST_SUITE("service_callers", harness_init, harness_exit);
