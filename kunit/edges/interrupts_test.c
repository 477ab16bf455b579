// SPDX-License-Identifier: GPL-2.0
/*
 * Endless interrupts: a call that makes progress is not given up, a call without progress is given up after some time,
 * and tasks that wait for it can be killed meanwhile.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "../suites/harness.h"
#include "../suites/service.h"

#define REG_BASE 0xfed90000ULL
#define ALWAYS	 U32_MAX
/* Several seconds of consecutive interrupts. */
#define MANY 300000

static void inject_times(struct kunit *test, u16 leaf, u32 times, u64 status)
{
	inject(test, FROM_CALL(leaf, 1, times, SEAM_INJECT_STATUS, status));
}

static struct tdx_page_array *make_iommu(struct kunit *test)
{
	set_iommu_pages(4);
	return make_iommu_mt(test, 1, 4);
}

static void a_setup_completes_despite_many_interrupts(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu(test);
	u64 iommu = 0;

	inject_times(test, SEAM_IOMMU_SETUP, MANY, SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(REG_BASE, array, &iommu), 0);
	seam_emulator_cancel_injections();
	if (iommu)
		KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(iommu, array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	empty_quarantine(test);
}

static void a_clear_completes_despite_many_interrupts(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu(test);
	u64 iommu;

	KUNIT_ASSERT_EQ(test, tdx_tdh_iommu_setup(REG_BASE, array, &iommu), 0);
	inject_times(test, SEAM_IOMMU_CLEAR, MANY, SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(iommu, array), 0);
	seam_emulator_cancel_injections();
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	empty_quarantine(test);
}

/* Leaves that can be interrupted while they wait for a lock: handled like busy. */
static const u16 interruptible[] = {SEAM_SPDM_CREATE,	   SEAM_SPDM_DELETE,
				    SEAM_IOMMU_SETUP,	   SEAM_IOMMU_CLEAR,
				    SEAM_PHYMEM_PAGE_RDMD, SEAM_PHYMEM_PAGE_WBINVD};

static void a_call_that_is_interrupted_while_it_waits_is_tried_again(struct kunit *test)
{
	struct tdx_page_array *array;
	u64 id = 0, status;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(interruptible); i++)
		inject_times(test, interruptible[i], 3, SEAM_INTERRUPTED_BUSY);
	set_spdm_pages(4);
	array = make_array(test, 4);
	status = tdx_tdh_spdm_create(0, array, &id);
	KUNIT_EXPECT_EQ(test, status, 0);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(id, array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	array = make_iommu(test);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(REG_BASE, array, &id), 0);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(id, array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	seam_emulator_cancel_injections();
	empty_quarantine(test);
}

struct caller {
	struct tdx_page_array *array;
	u64 status, iommu;
	struct completion begun, ended;
};

static int call(void *data)
{
	struct caller *caller = data;

	allow_signal(SIGKILL);
	complete(&caller->begun);
	caller->status = tdx_tdh_iommu_setup(REG_BASE, caller->array, &caller->iommu);
	complete(&caller->ended);
	return 0;
}

static void a_caller_that_is_interrupted_again_and_again_can_be_killed(struct kunit *test)
{
	static struct caller caller;
	struct task_struct *task;
	const u64 before = ktime_get_ns();
	bool ended;

	caller = (struct caller){.array = make_iommu(test)};
	init_completion(&caller.begun);
	init_completion(&caller.ended);
	inject_times(test, SEAM_IOMMU_SETUP, ALWAYS, SEAM_INTERRUPTED_RESUMABLE);
	task = kthread_run(call, &caller, "caller");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&caller.begun);
	msleep(100);
	KUNIT_EXPECT_GT(test, seam_emulator_calls(SEAM_IOMMU_SETUP), 1);
	send_sig(SIGKILL, task, 1);
	ended = wait_for_completion_timeout(&caller.ended, HZ / 2);
	KUNIT_EXPECT_TRUE_MSG(test, ended, "half a second after SIGKILL it still waits");
	seam_emulator_cancel_injections();
	if (!ended)
		wait_for_completion_timeout(&caller.ended, 120 * HZ);
	kunit_info(test, "ended after %llu ms, status %#llx\n",
		   (ktime_get_ns() - before) / NSEC_PER_MSEC, caller.status);
	seam_emulator_settle();
	if (tdx_page_array_release(caller.array) == -EBUSY)
		tdx_page_array_leak(caller.array);
	empty_quarantine(test);
}

/* The module executes one service at a time: a second caller waits for the one that is interrupted. */
struct talker {
	struct device device;
	service_call *call;
	u64 status, bytes;
	struct completion ended;
};

static int talk_once(void *data)
{
	struct talker *talker = data;

	allow_signal(SIGKILL);
	talker->status = talker->call(&talker->device, &talker->bytes);
	complete(&talker->ended);
	return 0;
}

static struct task_struct *start_talker(struct kunit *test, struct talker *talker,
					service_call *call)
{
	struct task_struct *task;

	open_device(test, &talker->device);
	talker->call = call;
	init_completion(&talker->ended);
	task = kthread_run(talk_once, talker, "talker");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	return task;
}

static void a_caller_that_waits_for_another_service_can_be_killed(struct kunit *test)
{
	static struct talker first, second;
	struct task_struct *one, *other;

	inject_times(test, SEAM_SPDM_CONNECT, ALWAYS, SEAM_INTERRUPTED_RESUMABLE);
	one = start_talker(test, &first, connect);
	while (!seam_emulator_calls(SEAM_SPDM_CONNECT))
		msleep(20);
	other = start_talker(test, &second, disconnect);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&second.ended, HZ / 2));
	send_sig(SIGKILL, other, 1);
	KUNIT_EXPECT_TRUE_MSG(test, wait_for_completion_timeout(&second.ended, HZ / 2),
			      "half a second after SIGKILL it still waits");
	seam_emulator_cancel_injections();
	wait_for_completion(&first.ended);
	wait_for_completion_timeout(&second.ended, HZ);
	KUNIT_EXPECT_EQ(test, first.status, TDX_PAGE_ARRAY_SPDM_REQUEST);
	expect_refused(test, EBUSY, second.status);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DISCONNECT), 0);
	put_task_struct(one);
	put_task_struct(other);
	close_device(test, &first.device);
	close_device(test, &second.device);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(a_setup_completes_despite_many_interrupts),
	KUNIT_CASE_SLOW(a_clear_completes_despite_many_interrupts),
	KUNIT_CASE(a_call_that_is_interrupted_while_it_waits_is_tried_again),
	KUNIT_CASE_SLOW(a_caller_that_is_interrupted_again_and_again_can_be_killed),
	KUNIT_CASE_SLOW(a_caller_that_waits_for_another_service_can_be_killed),
	{},
};

TEST_SUITE("edge_interrupts", harness_init, harness_exit);
