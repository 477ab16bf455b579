// SPDX-License-Identifier: GPL-2.0
/* Measures everything once, when it is loaded, and writes the rows to the log. */
#include <linux/module.h>

#include "../import.h"
#include "bench.h"

static int measure_state(void)
{
	return measure_density() ?: measure_posted_way() ?: measure_arrays() ?: measure_lifecycles()
		?: measure_iommus() ?: measure_latency();
}

static int measure_fragmented(const char *state, unsigned int nth)
{
	int error;

	memory_state = state;
	error = fragment_memory(nth);
	if (!error)
		error = measure_state();
	defragment_memory();
	memory_state = "fresh";
	return error;
}

/* Only these depend on whether pages are flushed before their hand-over. */
static int measure_without_flush(void)
{
	return calibrate() ?: measure_lifecycles() ?: measure_iommus();
}

static bool scale;
module_param(scale, bool, 0444);
MODULE_PARM_DESC(scale, "large arrays and a full quarantine instead, which want a guest of 4 GiB");

/* Only single pages are free: otherwise the smallest array would get the remaining blocks. */
static int measure_scattered_scale(unsigned int nth, unsigned int largest)
{
	int error = fragment_memory(nth);

	take_blocks();
	return error ?: measure_scale(largest);
}

/* In a guest of 4 GiB, every second page is 2 GiB, and one page in eight is 512 MiB. */
static int measure_all_scales(void)
{
	int error = measure_scale(LARGEST_SCALE) ?: measure_quarantine();

	memory_state = "every second page taken";
	error = error ?: measure_scattered_scale(2, LARGEST_SCALE);
	defragment_memory();
	memory_state = "seven of eight pages taken";
	error = error ?: measure_scattered_scale(8, 65536);
	defragment_memory();
	memory_state = "fresh";
	return error;
}

static int measure(void)
{
	if (!(config_now().features0 & SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC)) {
		platform = ", no flush needed";
		return measure_without_flush();
	}
	if (scale)
		return calibrate() ?: measure_all_scales();
	return calibrate() ?: measure_state() ?: measure_busy_host() ?: measure_descriptors()
		?: measure_fragmented("every second page taken", 2)
		?: measure_fragmented("seven of eight pages taken", 8);
}

static int __init tdx_page_array_bench_init(void)
{
	struct seam_finding finding;
	int error;

	/* The judge's check of each page that is freed or flushed must not be counted: switch it off. */
	error = seam_emulator_watch(false);
	if (error)
		return error;
	pr_info("bench: begin\n");
	error = measure();
	if (!error)
		pr_info("bench: end\n");
	if (seam_emulator_watch(true) || error)
		return -EIO;

	/* Repeat the operations with the judge switched on. */
	if (FAILS(!calibrate() && !(scale ? measure_scale(LARGEST_ARRAY) : measure_state())))
		return -EIO;
	if (FAILS(!seam_emulator_take_findings(&finding, 1)))
		return -EIO;
	return 0;
}

static void __exit tdx_page_array_bench_exit(void) {}

module_init(tdx_page_array_bench_init);
module_exit(tdx_page_array_bench_exit);

MODULE_DESCRIPTION("Counts the instructions of tdx_page_array");
