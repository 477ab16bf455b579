// SPDX-License-Identifier: GPL-2.0
/* The memory of an array besides its pages: bytes requested from slabs and page allocator and not freed. */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include "../allocations.h"
#include "bench.h"
#include "tdx_page_array.h"

#define TRIES 5

/* Sometimes a slab needs a new page: the cheapest of several creations used slabs with free objects. */
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
		/* The page allocator does not trace bulk allocations. */
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
