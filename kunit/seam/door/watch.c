// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the judge of every page that the kernel frees, through the page allocator's own trace
 * point.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/tracepoint.h>

#include "../seam_emulator.h"
#include "door.h"

static struct tracepoint *page_free;
static bool watching;

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	seam_door->host_frees(page_to_pfn(page), order);
}

static void look_for_page_free(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "mm_page_free"))
		page_free = tracepoint;
}

int seam_emulator_watch_frees(bool on)
{
	int error = 0;

	if (on && !watching)
		error = tracepoint_probe_register(page_free, on_page_free, NULL);
	if (!on && watching) {
		error = tracepoint_probe_unregister(page_free, on_page_free, NULL);
		tracepoint_synchronize_unregister();
	}
	if (!error)
		watching = on;
	return error;
}
EXPORT_SYMBOL_GPL(seam_emulator_watch_frees);

int seam_watch_start(void)
{
	for_each_kernel_tracepoint(look_for_page_free, NULL);
	if (!page_free)
		return -ENOENT;
	return seam_emulator_watch_frees(true);
}

void seam_watch_stop(void)
{
	seam_emulator_watch_frees(false);
}
