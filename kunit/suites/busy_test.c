// SPDX-License-Identifier: GPL-2.0
/* Several CPUs in the module at once: a call that finds a lock taken is busy, and is retried. */
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "raw.h"

#define ROUNDS 200

/* One CPU reads the metadata of a page in a loop while the other one works. */
struct asker {
	u64 hpa;
	bool stop;
	unsigned int busy;
	unsigned int other;
};

static int ask(void *data)
{
	struct asker *asker = data;

	while (!READ_ONCE(asker->stop)) {
		struct tdx_shim_registers registers = {.rcx = asker->hpa};
		u64 status = raw_call(SEAM_PHYMEM_PAGE_RDMD, &registers);

		if (status == (SEAM_OPERAND_BUSY | SEAM_RCX))
			asker->busy++;
		else if (status)
			asker->other++;
		cond_resched();
	}
	return 0;
}

static struct task_struct *start_on_another_cpu(struct kunit *test, int (*run)(void *), void *data)
{
	const unsigned int here = get_cpu();
	struct task_struct *task;

	put_cpu();
	KUNIT_ASSERT_GE(test, num_online_cpus(), 2);
	task = kthread_create(run, data, "tdx_page_array_busy");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	kthread_bind(task, cpumask_any_but(cpu_online_mask, here));
	set_cpus_allowed_ptr(current, cpumask_of(here));
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

static void two_cpus_make_each_other_busy_and_nothing_is_lost(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 512);
	struct asker asker = {.hpa = hpa_of(test, array, 511)};
	struct task_struct *task;
	unsigned int round, busy_here = 0;
	u64 session, status;

	/* In page-by-page mode the module would keep the pages before the busy one. */
	set_page_by_page(false);
	set_spdm_pages(512);
	task = start_on_another_cpu(test, ask, &asker);
	for (round = 0; round < ROUNDS && !(READ_ONCE(asker.busy) && busy_here); round++) {
		status = tdx_tdh_spdm_create(0, array, &session);
		/* All ten tries may be busy: then the pages are still the host's. */
		if (status) {
			KUNIT_EXPECT_EQ(test, status, SEAM_OPERAND_BUSY | SEAM_RDX);
			busy_here++;
			continue;
		}
		busy_here += seam_emulator_calls(SEAM_SPDM_CREATE) > round + 1;
		expect_success(test, tdx_tdh_spdm_delete(session, array));
	}
	WRITE_ONCE(asker.stop, true);
	kthread_stop_put(task);
	set_cpus_allowed_ptr(current, cpu_possible_mask);

	KUNIT_EXPECT_GT_MSG(test, asker.busy, 0, "the other CPU never was busy");
	KUNIT_EXPECT_EQ(test, asker.other, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 512);
}

static void vmx_may_be_off_on_one_cpu(struct kunit *test)
{
	u64 status_here, status_there, value;
	unsigned int here = get_cpu(), there;

	put_cpu();
	there = cpumask_any_but(cpu_online_mask, here);
	seam_emulator_set_vmx_off_cpus(1ULL << there);
	set_cpus_allowed_ptr(current, cpumask_of(there));
	status_there = tdx_tdh_sys_rd(0x0a00000300000008ULL, &value);
	set_cpus_allowed_ptr(current, cpumask_of(here));
	status_here = tdx_tdh_sys_rd(0x0a00000300000008ULL, &value);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	seam_emulator_set_vmx_off_cpus(0);

	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(status_there), -EACCES);
	expect_success(test, status_here);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(two_cpus_make_each_other_busy_and_nothing_is_lost),
	KUNIT_CASE(vmx_may_be_off_on_one_cpu),
	{},
};

TEST_SUITE("busy", harness_init, harness_exit);
