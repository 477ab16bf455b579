// SPDX-License-Identifier: GPL-2.0
/* Adding a page to the quarantine, showing and retrying it, with ten and with 100000 other pages. */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

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

/* Pages in doubt: the status of CREATE is unknown, and RDMD fails. */
static struct tdx_page_array *make_lost(unsigned int pages)
{
	struct tdx_page_array *array = tdx_page_array_create(pages);
	u64 session;

	if (FAILS(!IS_ERR(array)))
		return NULL;
	plan(SEAM_SPDM_CREATE, 1);
	if (FAILS(tdx_tdh_spdm_create(FUNCTION, array, &session) == UNKNOWN))
		return NULL;
	plan(SEAM_PHYMEM_PAGE_RDMD, pages);
	return array;
}

static int fill(unsigned int pages)
{
	unsigned int some;

	for (; pages; pages -= some) {
		struct tdx_page_array *array;

		some = min(pages, TDX_PAGE_ARRAY_MAX_ENTRIES);
		array = make_lost(some);
		if (!array || FAILS(tdx_page_array_leak(array) == -EUCLEAN))
			return -EIO;
	}
	return 0;
}

static int add_one(unsigned int beside)
{
	static struct samples additions;
	struct tdx_page_array *array = make_lost(1);
	int error;

	if (!array)
		return -EIO;
	add_sample(&additions, COST_OF(error = tdx_page_array_leak(array)));
	if (FAILS(error == -EUCLEAN))
		return -EIO;
	report("quarantine: add a page", beside, &additions);
	return 0;
}

static s32 (*show)(u32 view, void *to);

/* Fills one buffer with the content of the file in debugfs. */
CALLS_UNEXPORTED static int show_all(const char *what, u32 view, unsigned int pages)
{
	static struct samples looks;
	struct seq_file file = {.size = SZ_16K + (size_t)pages * LINE};
	int error;

	file.buf = vmalloc(file.size);
	if (FAILS(file.buf))
		return -ENOMEM;
	add_sample(&looks, COST_OF(error = show(view, &file)));
	error = FAILS(!error && !seq_has_overflowed(&file) && file.count) ? -EIO : 0;
	report(what, pages, &looks);
	vfree(file.buf);
	return error;
}
CALLS_UNEXPORTED_IN(show_all);

/* Replaces pauses, which would be counted: on this machine sleeping advances the clock. */
static noinline notrace void did_nothing(void)
{
	barrier();
}

static int on_pause(struct kprobe *probe, struct pt_regs *regs)
{
	instruction_pointer_set(regs, (unsigned long)did_nothing);
	return 1;
}
NOKPROBE_SYMBOL(on_pause);

/* Keeps the probe from being optimised into a jump, which cannot change the instruction pointer. */
static void after_pause(struct kprobe *probe, struct pt_regs *regs, unsigned long flags) {}

static int retry_all(const char *what, unsigned int pages, unsigned long freed)
{
	static struct samples retries;
	struct kprobe pauses = {.symbol_name = "tdx_page_array:tdx_shim_pause",
				.pre_handler = on_pause,
				.post_handler = after_pause};
	unsigned long count;

	if (FAILS(!register_kprobe(&pauses)))
		return -EIO;
	add_sample(&retries, COST_OF(count = tdx_page_array_retry_quarantine()));
	unregister_kprobe(&pauses);
	report(what, pages, &retries);
	return FAILS(count == freed) ? -EIO : 0;
}

static int measure(unsigned int pages)
{
	if (fill(pages) || add_one(pages) ||
	    show_all("quarantine: show", TDX_CORE_VIEW_QUARANTINE, pages + 1) ||
	    show_all("quarantine: show nodes", TDX_CORE_VIEW_NODES, pages + 1))
		return -EIO;
	plan(SEAM_PHYMEM_PAGE_RDMD, pages + 1);
	return retry_all("quarantine: retry in vain", pages + 1, 0)
		       ?: retry_all("quarantine: retry and free", pages + 1, pages + 1);
}

int measure_quarantine(void)
{
	unsigned int i;
	int error;

	show = address_of("tdx_page_array:tdx_core_show");
	error = show ? 0 : -ENOENT;
	seam_emulator_reset();
	for (i = 0; !error && i < ARRAY_SIZE(fillings); i++)
		error = measure(fillings[i]);
	return error;
}
