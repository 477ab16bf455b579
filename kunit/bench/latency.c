// SPDX-License-Identifier: GPL-2.0
/*
 * The longest stretch without a scheduling point. Scheduling points are the calls of
 * tdx_shim_cond_resched(), which a kprobe sees; the result includes the cost of the kprobe, so it is
 * slightly too high.
 */
#include <linux/err.h>
#include <linux/kprobes.h>

#include "bench.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define FUNCTION 0x0100

static struct {
	unsigned long flags;
	u64 since;
	struct seam_meter meter;
	u64 instructions, seamcalls; /* the longest so far */
} stretch;

static void begin_stretch(void)
{
	seam_emulator_read_meter(&stretch.meter);
	stretch.since = rdtsc();
}

static void end_stretch(void)
{
	struct cost cost = {.ticks = rdtsc() - stretch.since};

	seam_emulator_read_meter(&cost.bare);
	cost.bare.calls -= stretch.meter.calls;
	cost.bare.ticks -= stretch.meter.ticks;
	if (own_of(&cost) > stretch.instructions)
		stretch.instructions = own_of(&cost);
	if (cost.bare.calls > stretch.seamcalls)
		stretch.seamcalls = cost.bare.calls;
}

static int on_breath(struct kprobe *probe, struct pt_regs *regs)
{
	end_stretch();
	begin_stretch();
	return 0;
}

static struct kprobe points = {
	.symbol_name = "tdx_page_array:tdx_shim_cond_resched",
	.pre_handler = on_breath,
};

int begin_stretches(void)
{
	points.addr = NULL;
	points.flags = 0;
	return register_kprobe(&points);
}

void end_stretches(void)
{
	unregister_kprobe(&points);
}

void begin_stretch_of(void)
{
	stretch.instructions = stretch.seamcalls = 0;
	local_irq_save(stretch.flags);
	begin_stretch();
}

void end_stretch_of(const char *what, unsigned int pages)
{
	char name[64];

	end_stretch();
	local_irq_restore(stretch.flags);
	snprintf(name, sizeof(name), "longest stretch, %s", what);
	report_number(name, pages, stretch.instructions);
	snprintf(name, sizeof(name), "SEAMCALLs in a stretch, %s", what);
	report_number(name, pages, stretch.seamcalls);
}

static int release(const char *what, unsigned int pages, struct tdx_page_array *array)
{
	int error;

	begin_stretch_of();
	error = tdx_page_array_release(array);
	end_stretch_of(what, pages);
	return FAILS(!error) ? -EIO : 0;
}

static int release_free_and_handed_over(void)
{
	struct tdx_page_array *array;
	u64 session;

	scatter_free_pages();
	array = tdx_page_array_create(LARGEST_ARRAY);
	if (FAILS(!IS_ERR(array)))
		return -EIO;
	if (release("free", LARGEST_ARRAY, array))
		return -EIO;

	CHANGE_CONFIG(spdm_pages, TDX_PAGE_ARRAY_MAX_ENTRIES);
	array = tdx_page_array_create(TDX_PAGE_ARRAY_MAX_ENTRIES);
	if (FAILS(!IS_ERR(array)))
		return -EIO;
	if (FAILS(!tdx_tdh_spdm_create(FUNCTION, array, &session)))
		return -EIO;
	if (FAILS(!tdx_tdh_spdm_delete(session, array)))
		return -EIO;
	return release("written back", TDX_PAGE_ARRAY_MAX_ENTRIES, array);
}

int measure_latency(void)
{
	int error = begin_stretches();

	if (error)
		return error;
	error = release_free_and_handed_over();
	end_stretches();
	return error;
}
