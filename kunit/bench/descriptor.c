// SPDX-License-Identifier: GPL-2.0
/* The memory of an array besides its pages: bytes that were taken from slabs and the page allocator and not freed. */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../probe.h"
#include "bench.h"
#include "tdx_page_array.h"

#define TRIES 5

static struct task_struct *watched;
/* What the watched task has taken. The page allocator is also asked for slabs. */
static s64 taken_pages, taken_bytes;

static bool is_watched(void)
{
	return current == READ_ONCE(watched) && in_task();
}

static void on_page_alloc(void *unused, struct page *page, unsigned int order, gfp_t gfp,
			  int migratetype)
{
	if (page && is_watched())
		taken_pages += 1 << order;
}

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	if (is_watched())
		taken_pages -= 1 << order;
}

static void on_kmalloc(void *unused, unsigned long call_site, const void *object, size_t asked,
		       size_t bytes, gfp_t gfp, int node)
{
	if (object && is_watched())
		taken_bytes += bytes;
}

static void on_kfree(void *unused, unsigned long call_site, const void *object)
{
	if (object && is_watched())
		taken_bytes -= ksize(object);
}

static struct probe probes[] = {
	{"mm_page_alloc", on_page_alloc},
	{"mm_page_free", on_page_free},
	{"kmalloc", on_kmalloc},
	{"kfree", on_kfree},
};

/* Sometimes a slab needs a new page: the cheapest of several creations used slabs with free objects. */
void measure_descriptor(unsigned int pages)
{
	struct tdx_page_array *array;
	s64 cheapest = S64_MAX;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		EXPECT(!probe_attach(&probes[i]));
	for (i = 0; i < TRIES; i++) {
		const struct span span = begin_span();

		taken_pages = taken_bytes = 0;
		WRITE_ONCE(watched, current);
		array = tdx_page_array_create(pages);
		WRITE_ONCE(watched, NULL);
		end_span(&span);
		EXPECT(taken_bytes > 0);
		/* The page allocator does not trace bulk allocations. */
		taken_pages = max_t(s64, taken_pages, pages);
		EXPECT(!tdx_page_array_release(array));
		cheapest = min(cheapest, (taken_pages - pages) * (s64)PAGE_SIZE + taken_bytes);
	}
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		probe_detach(&probes[i]);
	report_number("descriptor", pages, cheapest);
}
