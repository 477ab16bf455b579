/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of the stress test. */
#ifndef TDX_PAGE_ARRAY_STRESS_H
#define TDX_PAGE_ARRAY_STRESS_H

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include "../seam/seam_emulator.h"
#include "tdx_page_array.h"

#define STRESS_THREADS 8

/*
 * Runs @body in @count threads, on any CPU, until the time is over. Each has a number and its own
 * random sequence. Returns when all have ended.
 */
struct stress_thread {
	unsigned int number;
	void *context;
	struct rnd_state random;
	void (*body)(struct stress_thread *thread);
	struct task_struct *task;
};
void stress_run(struct kunit *test, struct stress_thread *threads, unsigned int count);

/* True if the time is over. Also calls cond_resched(). */
bool stress_is_over(void);

/* A random number below @limit. */
u32 stress_random(struct stress_thread *thread, u32 limit);

/* True if the ledger adds up, which it must do at any time. */
bool stress_ledger_adds_up(struct tdx_page_array_counters *ledger);

extern struct kunit_suite stress_lifecycles_suite, stress_handles_suite;

#endif
