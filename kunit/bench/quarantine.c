// SPDX-License-Identifier: GPL-2.0
/* Adding a page to the quarantine, showing and retrying it, with ten and with 100000 other pages. */
#include <linux/err.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "../skip.h"
#include "../unexported.h"
#include "bench.h"
#include "interface.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define FUNCTION 0x0100
#define UNKNOWN	 0xC000EE0000000000ULL
/* The space for a line in the view. */
#define LINE 512

static const unsigned int fillings[] = {10, 100000};

static void plan(u16 leaf, unsigned int times)
{
	const struct seam_injection injection = {.kind = SEAM_INJECT_STATUS,
						 .leaf = leaf,
						 .nth = 1,
						 .times = times,
						 .value = UNKNOWN};

	seam_emulator_inject(&injection);
}

static struct samples samples;

/* Pages in doubt: the status of CREATE is unknown, and RDMD fails. */
static struct tdx_page_array *make_lost(unsigned int pages)
{
	struct tdx_page_array *array = tdx_page_array_create(pages);
	u64 session;

	plan(SEAM_SPDM_CREATE, 1);
	EXPECT(tdx_tdh_spdm_create(FUNCTION, array, &session) == UNKNOWN);
	plan(SEAM_PHYMEM_PAGE_RDMD, pages);
	return array;
}

static void fill(unsigned int pages)
{
	unsigned int some;

	for (; pages; pages -= some) {
		some = min(pages, TDX_PAGE_ARRAY_MAX_ENTRIES);
		EXPECT(tdx_page_array_leak(make_lost(some)) == -EUCLEAN);
	}
}

static void add_one(unsigned int beside)
{
	struct tdx_page_array *array = make_lost(1);
	int error;

	add_sample(&samples, COST_OF(error = tdx_page_array_leak(array)));
	EXPECT(error == -EUCLEAN);
	report("quarantine: add a page", beside, &samples);
}

static s32 (*show)(u32 view, void *to);

/* Fills one buffer with the content of the file in debugfs. */
CALLS_UNEXPORTED static void show_all(unsigned int pages)
{
	struct seq_file file = {.size = SZ_16K + (size_t)pages * LINE};
	int error;

	file.buf = vmalloc(file.size);
	EXPECT(file.buf);
	add_sample(&samples, COST_OF(error = show(TDX_CORE_VIEW_QUARANTINE, &file)));
	EXPECT(!error && !seq_has_overflowed(&file) && file.count);
	report("quarantine: show", pages, &samples);
	vfree(file.buf);
}
CALLS_UNEXPORTED_IN(show_all);

/* Pauses would be counted: on this machine sleeping advances the clock. */
static int on_pause(struct kprobe *probe, struct pt_regs *regs)
{
	return skip_function(regs, 0);
}
NOKPROBE_SYMBOL(on_pause);

static void retry_all(const char *what, unsigned int pages, unsigned long freed)
{
	struct kprobe pauses = {.symbol_name = "tdx_page_array:tdx_shim_pause",
				.pre_handler = on_pause,
				.post_handler = after_entry};
	unsigned long count;

	EXPECT(!register_kprobe(&pauses));
	add_sample(&samples, COST_OF(count = tdx_page_array_retry_quarantine()));
	unregister_kprobe(&pauses);
	report(what, pages, &samples);
	EXPECT(count == freed);
}

static void measure(unsigned int pages)
{
	fill(pages);
	add_one(pages);
	show_all(pages + 1);
	plan(SEAM_PHYMEM_PAGE_RDMD, pages + 1);
	retry_all("quarantine: retry in vain", pages + 1, 0);
	retry_all("quarantine: retry and free", pages + 1, pages + 1);
}

void measure_quarantine(void)
{
	unsigned int i;

	show = address_of("tdx_page_array:tdx_core_show");
	EXPECT(show);
	seam_emulator_reset();
	for (i = 0; i < ARRAY_SIZE(fillings); i++)
		measure(fillings[i]);
}
