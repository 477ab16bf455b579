// SPDX-License-Identifier: GPL-2.0
/* What an array costs besides its pages, in bytes: what was asked of slabs and page allocator and is not back. */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/printk.h>

#include "../allocations.h"
#include "bench.h"
#include "tdx_page_array.h"

#define TRIES 5

/* Slabs take pages now and then: the cheapest of several creations met slabs that had objects left. */
static int measure_size(unsigned int pages)
{
	struct tdx_page_array *array;
	struct allocations taken;
	s64 cheapest = S64_MAX;
	unsigned int try;

	for (try = 0; try < TRIES; try++) {
		const struct span span = begin_span();

		allocations_begin_watch();
		array = tdx_page_array_create(pages);
		taken = allocations_end_watch();
		end_span(&span);
		if (FAILS(!IS_ERR(array) && taken.complete && taken.asked > 0))
			return -EIO;
		/* The page allocator does not trace pages that it gives in bulk. */
		taken.pages = max_t(s64, taken.pages, pages);
		if (FAILS(!tdx_page_array_release(array)))
			return -EIO;
		cheapest = min(cheapest, (taken.pages - pages) * (s64)PAGE_SIZE + taken.asked);
	}
	report_number("descriptor", pages, cheapest);
	return 0;
}

static int measure_sizes(const unsigned int *pages, unsigned int count)
{
	int error = allocations_attach();
	unsigned int i;

	if (error)
		return error;
	for (i = 0; !error && i < count; i++)
		error = measure_size(pages[i]);
	allocations_detach(NULL);
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
