// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the judge which pages the kernel frees (tracepoint of the page allocator) and which it
 * flushes (through the door).
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

static int watch_flushes(bool on)
{
	return seam_door->watch_flushes ? seam_door->watch_flushes(on) : 0;
}

static int watch(void)
{
	int error = tracepoint_probe_register(page_free, on_page_free, NULL);

	if (error)
		return error;
	error = watch_flushes(true);
	if (error)
		tracepoint_probe_unregister(page_free, on_page_free, NULL);
	return error;
}

static int ignore(void)
{
	int error = tracepoint_probe_unregister(page_free, on_page_free, NULL);

	tracepoint_synchronize_unregister();
	return error ?: watch_flushes(false);
}

int seam_emulator_watch(bool on)
{
	int error = 0;

	if (on != watching)
		error = on ? watch() : ignore();
	if (!error)
		watching = on;
	return error;
}
EXPORT_SYMBOL_GPL(seam_emulator_watch);

int seam_watch_start(void)
{
	for_each_kernel_tracepoint(look_for_page_free, NULL);
	if (!page_free)
		return -ENOENT;
	return seam_emulator_watch(true);
}

void seam_watch_stop(void)
{
	seam_emulator_watch(false);
}
