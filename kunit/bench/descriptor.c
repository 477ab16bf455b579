// SPDX-License-Identifier: GPL-2.0
/* What an array costs besides its pages, in bytes: what was asked of slabs and page allocator and is not back. */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "bench.h"
#include "probe.h"
#include "tdx_page_array.h"

#define TRIES 5

static bool watching;
static s64 pages_taken, bytes_taken;
static struct {
	const void *object;
	size_t bytes;
} objects[1024];
static unsigned int object_count;

static void on_page_alloc(void *unused, struct page *page, unsigned int order, gfp_t gfp,
			  int migratetype)
{
	if (watching && page)
		pages_taken += 1 << order;
}

static void on_page_free(void *unused, struct page *page, unsigned int order)
{
	if (watching)
		pages_taken -= 1 << order;
}

static void on_kmalloc(void *unused, unsigned long call_site, const void *object, size_t asked,
		       size_t bytes, gfp_t gfp, int node)
{
	if (!watching || !object)
		return;
	bytes_taken += asked;
	if (object_count < ARRAY_SIZE(objects)) {
		objects[object_count].object = object;
		objects[object_count].bytes = asked;
	}
	object_count++;
}

static void on_kfree(void *unused, unsigned long call_site, const void *object)
{
	unsigned int i;

	if (!watching || !object)
		return;
	for (i = 0; i < min_t(unsigned int, object_count, ARRAY_SIZE(objects)); i++) {
		if (objects[i].object != object)
			continue;
		bytes_taken -= objects[i].bytes;
		objects[i].object = NULL;
	}
}

static struct bench_probe probes[] = {
	{"mm_page_alloc", on_page_alloc},
	{"mm_page_free", on_page_free},
	{"kmalloc", on_kmalloc},
	{"kfree", on_kfree},
};

/* Slabs take pages now and then: the cheapest of several creations met slabs that had objects left. */
static int measure_size(unsigned int pages)
{
	struct tdx_page_array *array;
	s64 cheapest = S64_MAX;
	unsigned int try;

	for (try = 0; try < TRIES; try++) {
		const struct span span = begin_span();

		pages_taken = bytes_taken = object_count = 0;
		watching = true;
		array = tdx_page_array_create(pages);
		watching = false;
		end_span(&span);
		if (FAILS(!IS_ERR(array) && object_count <= ARRAY_SIZE(objects)))
			return -EIO;
		/* The page allocator does not trace pages that it gives in bulk. */
		pages_taken = max_t(s64, pages_taken, pages);
		if (FAILS(bytes_taken > 0))
			return -EIO;
		if (FAILS(!tdx_page_array_release(array)))
			return -EIO;
		cheapest = min(cheapest, (pages_taken - pages) * (s64)PAGE_SIZE + bytes_taken);
	}
	report_number("descriptor", pages, cheapest);
	return 0;
}

static int measure_sizes(const unsigned int *pages, unsigned int count)
{
	unsigned int attached, i;
	int error = 0;

	for (attached = 0; !error && attached < ARRAY_SIZE(probes); attached++)
		error = bench_probe_attach(&probes[attached]);
	if (error)
		attached--;
	for (i = 0; !error && i < count; i++)
		error = measure_size(pages[i]);
	while (attached)
		bench_probe_detach(&probes[--attached]);
	return error;
}

int measure_descriptor(unsigned int pages)
{
	return measure_sizes(&pages, 1);
}

int measure_descriptors(void)
{
	return measure_sizes(sizes, size_count);
}
