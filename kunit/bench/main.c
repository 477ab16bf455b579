// SPDX-License-Identifier: GPL-2.0
/* Measures everything once, when it is loaded, and writes the rows to the log. */
#include <linux/module.h>

#include "../import.h"
#include "bench.h"

#define EVERY_SECOND "every second page taken"

static void measure_fresh(void)
{
	measure_posted_way();
	measure_arrays();
	measure_lifecycles();
	measure_iommus();
}

static void measure_fragmented(void)
{
	memory_state = EVERY_SECOND;
	fragment_memory(2);
	measure_posted_way();
	measure_arrays();
	defragment_memory();
}

static bool scale;
module_param(scale, bool, 0444);
MODULE_PARM_DESC(scale, "large arrays and a full quarantine instead, which want a guest of 4 GiB");

/* Only single pages are free: otherwise the smallest array would get the remaining blocks. */
static void measure_scattered_scale(const char *state, unsigned int nth, unsigned int largest)
{
	memory_state = state;
	fragment_memory(nth);
	take_blocks();
	measure_scale(largest);
	defragment_memory();
}

static void measure(void)
{
	calibrate();
	if (!(config_now().features0 & SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC)) {
		platform = ", no flush needed";
		/* Only these depend on whether pages are flushed before their hand-over. */
		measure_lifecycles();
		measure_iommus();
	} else if (scale) {
		measure_scale(LARGEST_SCALE);
		measure_quarantine();
		/* In a guest of 4 GiB, every second page is 2 GiB, and one page in eight is 512 MiB. */
		measure_scattered_scale(EVERY_SECOND, 2, LARGEST_SCALE);
		measure_scattered_scale("seven of eight pages taken", 8, 65536);
	} else {
		measure_fresh();
		measure_busy_host();
		measure_fragmented();
	}
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
	measure();
	if (!failed)
		pr_info("bench: end\n");
	EXPECT(!seam_emulator_watch(true));

	/* Repeat the operations with the judge switched on. */
	memory_state = "fresh";
	calibrate();
	if (scale)
		measure_scale(LARGEST_ARRAY);
	else
		measure_fresh();
	EXPECT(!seam_emulator_take_findings(&finding, 1));
	return failed ? -EIO : 0;
}

static void __exit tdx_page_array_bench_exit(void) {}

module_init(tdx_page_array_bench_init);
module_exit(tdx_page_array_bench_exit);

MODULE_DESCRIPTION("Counts the instructions of tdx_page_array");
