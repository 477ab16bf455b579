// SPDX-License-Identifier: GPL-2.0
/* Runs the threads of the stress test for a limited time. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sched/task.h>

#include "stress.h"

static unsigned int seconds = 15;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long each case lasts");

static unsigned long end;

bool stress_is_over(void)
{
	cond_resched();
	return time_after(jiffies, READ_ONCE(end));
}

u32 stress_random(struct stress_thread *thread, u32 limit)
{
	return prandom_u32_state(&thread->random) % limit;
}

bool stress_ledger_adds_up(struct tdx_page_array_counters *ledger)
{
	tdx_page_array_count(ledger);
	return ledger->taken ==
	       ledger->in_arrays + ledger->freed + ledger->kept + ledger->quarantined;
}

static int run(void *data)
{
	struct stress_thread *thread = data;

	thread->body(thread);
	/* kthread_stop() needs a thread that has not ended. */
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

void stress_run(struct kunit *test, struct stress_thread *threads, unsigned int count)
{
	unsigned int i, made;

	WRITE_ONCE(end, jiffies + seconds * HZ);
	for (made = 0; made < count; made++) {
		struct stress_thread *thread = &threads[made];

		thread->number = made;
		prandom_seed_state(&thread->random, made + 1);
		thread->task = kthread_create(run, thread, "stress/%u", made);
		if (IS_ERR(thread->task))
			break;
		get_task_struct(thread->task);
	}
	for (i = 0; i < made; i++)
		wake_up_process(threads[i].task);
	/* A thread that is stopped before it has run never does. */
	while (!stress_is_over())
		msleep(20);
	for (i = 0; i < made; i++)
		kthread_stop_put(threads[i].task);
	KUNIT_EXPECT_EQ_MSG(test, made, count, "not all threads could be made");
}
