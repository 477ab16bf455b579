// SPDX-License-Identifier: GPL-2.0
/* The memory of an array besides its pages: bytes requested from slabs and page allocator and not freed. */
#include <linux/limits.h>
#include <linux/minmax.h>

#include "../allocations.h"
#include "bench.h"
#include "tdx_page_array.h"

#define TRIES 5

/* Sometimes a slab needs a new page: the cheapest of several creations used slabs with free objects. */
void measure_descriptor(unsigned int pages)
{
	struct tdx_page_array *array;
	struct allocations taken;
	s64 cheapest = S64_MAX;
	unsigned int try;

	EXPECT(!allocations_attach());
	for (try = 0; try < TRIES; try++) {
		const struct span span = begin_span();

		allocations_begin_watch();
		array = tdx_page_array_create(pages);
		taken = allocations_end_watch();
		end_span(&span);
		EXPECT(taken.complete && taken.asked > 0);
		/* The page allocator does not trace bulk allocations. */
		taken.pages = max_t(s64, taken.pages, pages);
		EXPECT(!tdx_page_array_release(array));
		cheapest = min(cheapest, (taken.pages - pages) * (s64)PAGE_SIZE + taken.asked);
	}
	allocations_detach(NULL);
	report_number("descriptor", pages, cheapest);
}
