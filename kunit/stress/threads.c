// SPDX-License-Identifier: GPL-2.0
/* Runs the threads of a stress test for a limited time. */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/version.h>

#include "stress.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU 0
#endif

static unsigned int seconds = 15;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long each case lasts");

bool stress_is_bound;
module_param_named(bound, stress_is_bound, bool, 0444);
MODULE_PARM_DESC(bound, "one thread on each CPU, instead of threads on any");

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

static void run(struct work_struct *work)
{
	struct stress_thread *thread = container_of(work, struct stress_thread, work);

	thread->body(thread);
}

void stress_run(struct kunit *test, struct stress_thread *threads, unsigned int count)
{
	struct workqueue_struct *queue = alloc_workqueue(
		"stress", stress_is_bound ? WQ_PERCPU | WQ_CPU_INTENSIVE : WQ_UNBOUND, 0);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, queue);
	WRITE_ONCE(end, jiffies + seconds * HZ);
	for (i = 0; i < count; i++) {
		threads[i].number = i;
		prandom_seed_state(&threads[i].random, i + 1);
		INIT_WORK(&threads[i].work, run);
		/* If that CPU is offline: on another one until it comes online. */
		queue_work_on(stress_is_bound ? i % num_present_cpus() : WORK_CPU_UNBOUND, queue,
			      &threads[i].work);
	}
	/* Waits for all of them. */
	destroy_workqueue(queue);
}
