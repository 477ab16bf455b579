// SPDX-License-Identifier: GPL-2.0
/*
 * Endless interrupts: a call is not given up for some time, and tasks that wait for it can be
 * killed meanwhile. For how long exactly: kunit/user/patience_test.c.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "../suites/harness.h"
#include "../suites/service.h"

#define REG_BASE 0xfed90000ULL
#define ALWAYS	 U32_MAX
/* Several seconds of consecutive interrupts. */
#define MANY 300000

static void interrupt(struct kunit *test, u16 leaf, u32 times)
{
	inject(test, FROM_CALL(leaf, 1, times, SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE));
}

static void a_call_completes_despite_many_interrupts(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);
	u64 iommu;

	set_iommu_pages(4);
	interrupt(test, SEAM_IOMMU_SETUP, MANY);
	assert_success(test, tdx_tdh_iommu_setup(REG_BASE, array, &iommu));
	end_iommu(test, iommu, array);
}

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

static void start_endless_talker(struct kunit *test, struct talker *talker)
{
	interrupt(test, SEAM_SPDM_CONNECT, ALWAYS);
	start_talker(test, talker, connect);
	while (seam_emulator_calls(SEAM_SPDM_CONNECT) < 2)
		msleep(20);
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

static void a_caller_that_is_interrupted_again_and_again_can_be_killed(struct kunit *test)
{
	start_endless_talker(test, &first);
	kill_talker(test, &first);
	seam_emulator_cancel_injections();
	end_talker(test, &first);
	KUNIT_EXPECT_EQ(test, first.status, SEAM_INTERRUPTED_RESUMABLE);
}

/* The module executes one service at a time: a second caller waits for the one that is interrupted. */
static void a_caller_that_waits_for_another_service_can_be_killed(struct kunit *test)
{
	start_endless_talker(test, &first);
	start_talker(test, &second, disconnect);
	kill_talker(test, &second);
	seam_emulator_cancel_injections();
	end_talker(test, &first);
	end_talker(test, &second);
	KUNIT_EXPECT_EQ(test, first.status, TDX_PAGE_ARRAY_SPDM_REQUEST);
	expect_refused(test, EBUSY, second.status);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DISCONNECT), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(a_call_completes_despite_many_interrupts),
	KUNIT_CASE_SLOW(a_caller_that_is_interrupted_again_and_again_can_be_killed),
	KUNIT_CASE_SLOW(a_caller_that_waits_for_another_service_can_be_killed),
	{},
};

TEST_SUITE("edge_interrupts", harness_init, harness_exit);
