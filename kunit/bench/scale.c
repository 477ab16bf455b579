// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of up to 1 GiB: the cost per page of allocation, hand-over as extension memory, leak and
 * release; and the longest stretch without a scheduling point. Scheduling points are the calls of
 * tdx_shim_cond_resched(), which a kprobe sees; a stretch includes the cost of the kprobe, so it is
 * slightly too high.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define RUNS 3

static const unsigned int scales[] = {LARGEST_ARRAY, 65536, LARGEST_SCALE};

static struct page **kept;

/* Since the last scheduling point, and the instructions of the longest stretch so far. */
static struct span stretch;
static u64 longest;

static void end_stretch(void)
{
	struct cost cost = {.ticks = rdtsc() - stretch.begin};

	seam_emulator_read_meter(&cost.bare);
	cost.bare.calls -= stretch.meter.calls;
	cost.bare.ticks -= stretch.meter.ticks;
	longest = max(longest, own_of(&cost));
}

static int on_scheduling_point(struct kprobe *probe, struct pt_regs *regs)
{
	end_stretch();
	seam_emulator_read_meter(&stretch.meter);
	stretch.begin = rdtsc();
	return 0;
}

static struct kprobe points = {
	.symbol_name = "tdx_page_array:tdx_shim_cond_resched",
	.pre_handler = on_scheduling_point,
};

/* Set while @points is registered: then stretches are measured, once, and not costs. */
static bool in_stretches;

struct step {
	const char *name;
	struct samples samples;
};

static struct step creation = {"create"}, freeing = {"free"}, hand_over = {"hand over"},
		   leak = {"leak"};

static void report_stretch(const struct step *step, unsigned int pages)
{
	char name[64];

	snprintf(name, sizeof(name), "longest stretch, scale: %s", step->name);
	report_number(name, pages, longest);
}

static void report_costs(struct step *step, unsigned int pages)
{
	char name[64];

	snprintf(name, sizeof(name), "scale: %s", step->name);
	report(name, pages, &step->samples);
}

/* Measures @statement, which works with @pages pages. */
#define MEASURE(step, pages, statement) \
	do { \
		if (in_stretches) { \
			longest = 0; \
			stretch = begin_span(); \
			statement; \
			end_stretch(); \
			local_irq_restore(stretch.flags); \
			report_stretch(step, pages); \
		} else { \
			add_sample(&(step)->samples, COST_OF(statement)); \
		} \
	} while (0)

static void create_and_free(unsigned int pages)
{
	struct tdx_page_array *array;
	int error;

	scatter_free_pages();
	MEASURE(&creation, pages, array = tdx_page_array_create(pages));
	MEASURE(&freeing, pages, error = tdx_page_array_release(array));
	EXPECT(!error);
}

/* As extension memory, window by window. */
static bool add(struct tdx_page_array *array, unsigned int pages)
{
	unsigned int offset;

	for (offset = 0; offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES)
		if (tdx_page_array_populate(array, offset) <= 0 || tdx_tdh_ext_mem_add(array))
			return false;
	return true;
}

/* The TDX module keeps the pages until a power cycle. */
static void free_kept_pages(unsigned int pages)
{
	unsigned int i, end;

	seam_emulator_power_cycle();
	for (i = 0; i < pages; i = end) {
		/* Only the first page of a block has a reference count. */
		for (end = i + 1; end < pages && !page_count(kept[end]);)
			end++;
		__free_pages(kept[i], ilog2(end - i));
	}
}

static void hand_over_and_leak(unsigned int pages)
{
	struct tdx_page_array *array;
	unsigned int i;
	bool is_added;
	int error;

	scatter_free_pages();
	array = tdx_page_array_create(pages);
	seam_emulator_reset();
	CHANGE_CONFIG(ext_pool_pages, pages);
	for (i = 0; i < pages; i++)
		kept[i] = tdx_page_array_page(array, i);
	MEASURE(&hand_over, pages, is_added = add(array, pages));
	EXPECT(is_added);
	MEASURE(&leak, pages, error = tdx_page_array_leak(array));
	EXPECT(!error);
	free_kept_pages(pages);
}

static void measure_costs(unsigned int pages)
{
	unsigned int run;

	for (run = 0; run < RUNS; run++)
		create_and_free(pages);
	hand_over_and_leak(pages);
	report_costs(&creation, pages);
	report_costs(&freeing, pages);
	report_costs(&hand_over, pages);
	report_costs(&leak, pages);
}

static void measure_stretches(unsigned int pages)
{
	points.addr = NULL;
	points.flags = 0;
	EXPECT(!register_kprobe(&points));
	in_stretches = true;
	create_and_free(pages);
	hand_over_and_leak(pages);
	in_stretches = false;
	unregister_kprobe(&points);
}

void measure_scale(unsigned int largest)
{
	unsigned int i;

	kept = vmalloc(LARGEST_SCALE * sizeof(*kept));
	EXPECT(kept);
	for (i = 0; i < ARRAY_SIZE(scales) && scales[i] <= largest; i++) {
		measure_costs(scales[i]);
		measure_stretches(scales[i]);
		measure_descriptor(scales[i]);
	}
	vfree(kept);
}
