// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/sort.h>

#include "bench.h"

const unsigned int sizes[] = {1,   2,	4,    8,    16,	  32,	64,	      128,
			      256, 512, 1024, 2048, 4096, 8192, LARGEST_ARRAY};
const unsigned int size_count = ARRAY_SIZE(sizes);

const char *memory_state = "fresh";
const char *platform = "";

bool failed;

void expect(bool holds, const char *file, int line, const char *condition)
{
	if (!holds && !failed)
		pr_err("bench: line %d of %s: not so: %s\n", line, file, condition);
	failed |= !holds;
}

void add_sample(struct samples *samples, struct cost cost)
{
	if (samples->count < MAX_RUNS)
		samples->runs[samples->count++] = cost;
}

static int compare(const void *a, const void *b)
{
	const u64 left = own_of(a), right = own_of(b);

	return left < right ? -1 : left > right;
}

void report(const char *operation, unsigned int pages, struct samples *samples)
{
	const struct cost *median = &samples->runs[samples->count / 2];

	sort(samples->runs, samples->count, sizeof(samples->runs[0]), compare, NULL);
	pr_info("bench: {\"operation\": \"%s%s\", \"memory\": \"%s\", \"pages\": %u, \"own\": "
		"%llu, "
		"\"seamcalls\": %llu, \"bare\": %llu, \"runs\": %u}\n",
		operation, platform, memory_state, pages, own_of(median), median->bare.calls,
		bare_of(median), samples->count);
	samples->count = 0;
}

void report_number(const char *what, unsigned int pages, u64 value)
{
	pr_info("bench: {\"number\": \"%s\", \"memory\": \"%s\", \"pages\": %u, \"value\": %llu}\n",
		what, memory_state, pages, value);
}
