// SPDX-License-Identifier: GPL-2.0
/* Costs on a busy host: with other live arrays, and with other threads that do the same work. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "bench.h"
#include "tdx_page_array.h"

#define MOST_LIVE    10000
#define MOST_THREADS 16
#define PAGES	     16
#define LIFECYCLES   500 /* per thread */

static const unsigned int live_counts[] = {1, 10, 100, 1000, MOST_LIVE};
static const unsigned int thread_counts[] = {1, 2, 4, 8, MOST_THREADS};

/* The lookup, which begins every call, and the lifecycle of an array. */
static void measure_beside(unsigned int live)
{
	static struct tdx_page_array *arrays[MOST_LIVE];
	static struct samples look_ups, lifecycles;
	struct tdx_page_array *array;
	struct cost lifecycle;
	unsigned int i, run;
	int error;

	for (i = 0; i < live; i++) {
		arrays[i] = tdx_page_array_create(1);
		EXPECT(!IS_ERR(arrays[i]));
	}
	for (run = 0; run < MAX_RUNS; run++) {
		add_sample(&look_ups, COST_OF(tdx_page_array_nr_pages(arrays[live / 2])));
		lifecycle = COST_OF(array = tdx_page_array_create(PAGES));
		ADD_COST_OF(lifecycle, error = tdx_page_array_release(array));
		EXPECT(!error);
		add_sample(&lifecycles, lifecycle);
	}
	report("look up", live, &look_ups);
	report("create and free 16 pages, live arrays", live, &lifecycles);
	for (i = 0; i < live; i++)
		EXPECT(!tdx_page_array_release(arrays[i]));
}

static struct completion ended;
static atomic_t running, failures;

/* Repeats the lifecycle of an array, with a call of the scheduler in the middle of each. */
static int run_lifecycles(void *data)
{
	unsigned int i;

	for (i = 0; i < LIFECYCLES; i++) {
		struct tdx_page_array *array = tdx_page_array_create(PAGES);

		if (tdx_page_array_populate(array, 0) != PAGES)
			atomic_inc(&failures);
		schedule();
		if (tdx_page_array_release(array))
			atomic_inc(&failures);
	}
	if (atomic_dec_and_test(&running))
		complete(&ended);
	return 0;
}

/* On one CPU, with interrupts enabled, so that threads can be preempted. */
static void measure_threads(unsigned int count)
{
	struct task_struct *threads[MOST_THREADS];
	static struct samples lifecycles;
	unsigned int i;
	u64 begin;

	init_completion(&ended);
	atomic_set(&running, count);
	for (i = 0; i < count; i++)
		threads[i] = kthread_create(run_lifecycles, NULL, "bench-%u", i);
	begin = rdtsc();
	for (i = 0; i < count; i++)
		wake_up_process(threads[i]);
	wait_for_completion(&ended);
	add_sample(&lifecycles, (struct cost){.ticks = (rdtsc() - begin) / LIFECYCLES / count});
	report("create, list and free 16 pages, threads", count, &lifecycles);
	EXPECT(!atomic_read(&failures));
}

void measure_busy_host(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(live_counts); i++)
		measure_beside(live_counts[i]);
	for (i = 0; i < ARRAY_SIZE(thread_counts); i++)
		measure_threads(thread_counts[i]);
}
