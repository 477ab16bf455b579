// SPDX-License-Identifier: GPL-2.0
/*
 * The cost of kernel primitives in this guest, for comparison with other guests; and the cost that
 * has to be subtracted from each measurement.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/cacheflush.h>

#include "bench.h"

u64 empty_ticks, exception_ticks;

static struct samples samples;
static struct page *page;
static void *memory;

/* Only the instruction, with one input. */
static __always_inline u64 bare_seamcall(u64 leaf, u64 rcx)
{
	asm volatile(".byte 0x66, 0x0f, 0x01, 0xcf"
		     : "+a"(leaf), "+c"(rcx)
		     :
		     : "rdx", "r8", "r9", "r10", "r11", "cc", "memory");
	return leaf;
}

static void measure_exception(void)
{
	unsigned int run;
	struct cost cost;

	for (run = 0; run < MAX_RUNS; run++) {
		cost = COST_OF(bare_seamcall(SEAM_PHYMEM_PAGE_RDMD, page_to_phys(page)));
		EXPECT(cost.bare.calls == 1);
	}
	exception_ticks = cost.ticks - cost.bare.ticks;
	report_number("exception around a SEAMCALL", 1, exception_ticks);
}

#define CALIBRATE(name, prepare, statement, finish) \
	do { \
		unsigned int run; \
\
		for (run = 0; run < MAX_RUNS; run++) { \
			prepare; \
			add_sample(&samples, COST_OF(statement)); \
			finish; \
		} \
		report(name, 1, &samples); \
	} while (0)

void calibrate(void)
{
	unsigned int run;

	empty_ticks = U64_MAX;
	for (run = 0; run < MAX_RUNS; run++) {
		const struct span span = begin_span();
		const u64 ticks = rdtsc() - span.begin;

		local_irq_restore(span.flags);
		empty_ticks = min(empty_ticks, ticks);
	}

	CALIBRATE("alloc_page", , page = alloc_page(GFP_KERNEL), put_page(page));
	CALIBRATE("put_page", page = alloc_page(GFP_KERNEL), put_page(page), );
	CALIBRATE("kzalloc(4096)", , memory = kzalloc(4096, GFP_KERNEL), kfree(memory));
	CALIBRATE("kfree(4096)", memory = kzalloc(4096, GFP_KERNEL), kfree(memory), );
	CALIBRATE("kzalloc(32)", , memory = kzalloc(32, GFP_KERNEL), kfree(memory));
	page = alloc_page(GFP_KERNEL);
	CALIBRATE("clflush of 4096 bytes", , clflush_cache_range(page_address(page), 4096), );
	measure_exception();
	put_page(page);
}
