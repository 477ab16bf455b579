// SPDX-License-Identifier: GPL-2.0
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "allocations.h"
#include "probe.h"

static struct task_struct *watched;
static struct allocations taken;
static struct {
	const void *object;
	size_t asked;
} objects[1024];
static unsigned int object_count;

static bool is_watched(void)
{
	return current == READ_ONCE(watched) && in_task();
}

static void on_page_alloc(void *unused, struct page *page, unsigned int order, gfp_t gfp,
			  int migratetype)
{
	if (page && is_watched())
		taken.pages += 1 << order;
}

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	if (is_watched())
		taken.pages -= 1 << order;
}

static void on_kmalloc(void *unused, unsigned long call_site, const void *object, size_t asked,
		       size_t bytes, gfp_t gfp, int node)
{
	if (!object || !is_watched())
		return;
	taken.asked += asked;
	if (object_count < ARRAY_SIZE(objects)) {
		objects[object_count].object = object;
		objects[object_count].asked = asked;
	}
	object_count++;
}

static void on_kfree(void *unused, unsigned long call_site, const void *object)
{
	unsigned int i;

	if (!object || !is_watched())
		return;
	for (i = 0; i < min_t(unsigned int, object_count, ARRAY_SIZE(objects)); i++) {
		if (objects[i].object != object)
			continue;
		taken.asked -= objects[i].asked;
		objects[i].object = NULL;
	}
}

static struct probe probes[] = {
	{"mm_page_alloc", on_page_alloc},
	{"mm_page_free", on_page_free},
	{"kmalloc", on_kmalloc},
	{"kfree", on_kfree},
};

int allocations_attach(void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; !error && i < ARRAY_SIZE(probes); i++)
		error = probe_attach(&probes[i]);
	/* The last one is not attached. */
	for (i = error ? i - 1 : 0; i; i--)
		probe_detach(&probes[i - 1]);
	return error;
}

void allocations_detach(void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		probe_detach(&probes[i]);
}

void allocations_begin_watch(void)
{
	taken = (struct allocations){};
	object_count = 0;
	WRITE_ONCE(watched, current);
}

struct allocations allocations_end_watch(void)
{
	WRITE_ONCE(watched, NULL);
	taken.complete = object_count <= ARRAY_SIZE(objects);
	return taken;
}
