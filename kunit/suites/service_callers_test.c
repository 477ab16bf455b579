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

/* Another caller of the service, in its own thread. */
struct caller {
	const struct device *device;
	service_call *call;
	unsigned int rounds;
	unsigned int failures;
	struct completion done;
};

static int call_again_and_again(void *data)
{
	struct caller *caller = data;
	unsigned int round;

	for (round = 0; round < caller->rounds; round++)
		caller->failures += talk(caller->call, caller->device) != SEAM_SUCCESS;
	complete(&caller->done);
	return 0;
}

/* The caller is not on the stack: in a deadlock it outlives the test. */
static struct caller *start_caller(struct kunit *test, const struct device *device,
				   service_call *call, unsigned int rounds)
{
	struct caller *caller = kzalloc(sizeof(*caller), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, caller);
	*caller = (struct caller){.device = device, .call = call, .rounds = rounds};
	init_completion(&caller->done);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(
		test, kthread_run(call_again_and_again, caller, "tdx_page_array_service"));
	return caller;
}

static void expect_caller_ends(struct kunit *test, struct caller *caller)
{
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&caller->done, 60 * HZ), 0);
	KUNIT_EXPECT_EQ(test, caller->failures, 0);
	kfree(caller);
}

/* The number of calls shows that neither caller was BUSY and retried. */
static void two_callers_at_once_get_all_their_work_done(struct kunit *test)
{
	const unsigned int rounds = 300;
	unsigned int round, failures = 0;
	struct device here, there;
	struct caller *caller;

	open_connection(test, &here);
	open_connection(test, &there);
	set_interrupt_every(1);
	caller = start_caller(test, &there, heartbeat, rounds);
	for (round = 0; round < rounds; round++)
		failures += talk(heartbeat, &here) != SEAM_SUCCESS;
	expect_caller_ends(test, caller);
	KUNIT_EXPECT_EQ(test, failures, 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_MNG), 2 * rounds * (MESSAGES + 1) * 2);
	set_interrupt_every(0);
	close_connection(test, &here);
	close_connection(test, &there);
}

/* The call of the other one is interrupted again and again. */
static void a_caller_waits_until_the_call_of_another_one_has_ended(struct kunit *test)
{
	struct device here, there;
	struct caller *caller;

	open_device(test, &there);
	open_connection(test, &here);
	inject(test, FROM_CALL(SEAM_SPDM_CONNECT, 1, 50000, SEAM_INJECT_STATUS,
			       SEAM_INTERRUPTED_RESUMABLE));
	caller = start_caller(test, &there, connect, 1);
	while (seam_emulator_calls(SEAM_SPDM_CONNECT) <= MESSAGES + 1)
		cond_resched();
	KUNIT_EXPECT_EQ(test, seam_emulator_pending_injections(), 1);
	expect_success(test, talk(heartbeat, &here));
	KUNIT_EXPECT_EQ(test, seam_emulator_pending_injections(), 0);
	expect_caller_ends(test, caller);
	close_connection(test, &here);
	close_connection(test, &there);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_call_waits_for_no_message_of_another_session),
	KUNIT_CASE(two_callers_at_once_get_all_their_work_done),
	KUNIT_CASE(a_caller_waits_until_the_call_of_another_one_has_ended),
	{},
};

TEST_SUITE("service_callers", harness_init, harness_exit);
