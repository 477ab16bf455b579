// SPDX-License-Identifier: GPL-2.0
/* Measures everything once, when it is loaded, and leaves the rows in the log. */
#include <linux/module.h>
#include <linux/version.h>

#include "bench.h"

static int measure_state(void)
{
	return measure_density() ?: measure_posted_way() ?: measure_arrays() ?: measure_lives() ?: measure_latency();
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

static int measure(void)
{
	return calibrate() ?: measure_state() ?: measure_descriptors()
		?: measure_fragmented("every second page taken", 2)
		?: measure_fragmented("seven of eight pages taken", 8);
}

static int __init tdx_page_array_bench_init(void)
{
	struct seam_finding finding;
	int error;

	/* The judge's look at each page that is freed or flushed costs something: not while it is counted. */
	error = seam_emulator_watch(false);
	if (error)
		return error;
	pr_info("bench: begin\n");
	error = measure();
	if (!error)
		pr_info("bench: end\n");
	if (seam_emulator_watch(true) || error)
		return -EIO;

	/* The same once more under its eyes. */
	if (FAILS(!calibrate() && !measure_state()))
		return -EIO;
	if (FAILS(!seam_emulator_take_findings(&finding, 1)))
		return -EIO;
	return 0;
}

static void __exit tdx_page_array_bench_exit(void) {}

module_init(tdx_page_array_bench_init);
module_exit(tdx_page_array_bench_exit);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION("Counts the instructions of tdx_page_array");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
