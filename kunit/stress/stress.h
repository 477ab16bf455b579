/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the stress tests: threads that use the module concurrently for a limited time. */
#ifndef TDX_PAGE_ARRAY_STRESS_H
#define TDX_PAGE_ARRAY_STRESS_H

#include <linux/prandom.h>
#include <linux/workqueue.h>

#include "../suites/harness.h"

#define STRESS_THREADS 8

/* Each thread is bound to a CPU; on one that goes offline or comes online it also runs while VMX is off there. */
extern bool stress_is_bound;

/*
 * Runs @body in @count threads until the time is over. Each has a number and its own random sequence.
 * Returns when all have ended.
 */
struct stress_thread {
	void (*body)(struct stress_thread *thread);
	unsigned int number;
	struct rnd_state random;
	struct work_struct work;
};
void stress_run(struct kunit *test, struct stress_thread *threads, unsigned int count);

/* True if the time is over. Also calls cond_resched(). */
bool stress_is_over(void);

/* A random number below @limit. */
u32 stress_random(struct stress_thread *thread, u32 limit);

#endif
