// SPDX-License-Identifier: GPL-2.0
/*
 * Endless interrupts: the task whose call is resumed again and again, and one that waits for it, can be killed. How long
 * a call is resumed: kunit/user/patience_test.c.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "../suites/harness.h"
#include "../suites/service.h"

#define ALWAYS U32_MAX

/* A task that issues one service call. */
static struct talker {
	struct device device;
	service_call *call;
	struct task_struct *task;
	u64 status, bytes;
	struct completion ended;
} first, second;

static int talk_once(void *data)
{
	struct talker *talker = data;

	allow_signal(SIGKILL);
	talker->status = talker->call(&talker->device, &talker->bytes);
	complete_all(&talker->ended);
	return 0;
}

static void start_talker(struct kunit *test, struct talker *talker, service_call *call)
{
	open_device(test, &talker->device);
	talker->call = call;
	init_completion(&talker->ended);
	talker->task = kthread_run(talk_once, talker, "talker");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, talker->task);
	get_task_struct(talker->task);
}

static bool has_ended(struct talker *talker)
{
	return wait_for_completion_timeout(&talker->ended, HZ / 2);
}

static void kill_talker(struct kunit *test, struct talker *talker)
{
	KUNIT_EXPECT_FALSE(test, has_ended(talker));
	send_sig(SIGKILL, talker->task, 1);
	KUNIT_EXPECT_TRUE_MSG(test, has_ended(talker),
			      "half a second after SIGKILL it still waits");
}

static void end_talker(struct kunit *test, struct talker *talker)
{
	wait_for_completion(&talker->ended);
	put_task_struct(talker->task);
	close_device(test, &talker->device);
}

/* The TDX module executes one service call at a time: the second caller waits for the first one. */
static void callers_can_be_killed_while_a_call_is_interrupted_again_and_again(struct kunit *test)
{
	inject(test, FROM_CALL(SEAM_SPDM_CONNECT, 1, ALWAYS, SEAM_INJECT_STATUS,
			       SEAM_INTERRUPTED_RESUMABLE));
	start_talker(test, &first, connect);
	while (seam_emulator_calls(SEAM_SPDM_CONNECT) < 2)
		msleep(20);
	start_talker(test, &second, disconnect);
	kill_talker(test, &second);
	kill_talker(test, &first);
	seam_emulator_cancel_injections();
	end_talker(test, &first);
	end_talker(test, &second);
	KUNIT_EXPECT_EQ(test, first.status, SEAM_INTERRUPTED_RESUMABLE);
	expect_refused(test, EBUSY, second.status);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DISCONNECT), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(callers_can_be_killed_while_a_call_is_interrupted_again_and_again),
	{},
};

TEST_SUITE("edge_interrupts", harness_init, harness_exit);
