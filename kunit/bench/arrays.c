// SPDX-License-Identifier: GPL-2.0
/* Arrays that are never lent: create, populate, free. */
#include <linux/err.h>
#include <linux/printk.h>

#include "bench.h"
#include "tdx_page_array.h"

static int populate_all(struct tdx_page_array *array, unsigned int pages)
{
	unsigned int offset;

	for (offset = 0; offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES)
		if (tdx_page_array_populate(array, offset) <= 0)
			return -EIO;
	return 0;
}

int measure_arrays(void)
{
	static struct samples creations, populated_creations, populations, frees;
	struct tdx_page_array *array;
	struct cost creation, first;
	unsigned int i, run;
	int error;

	for (i = 0; i < size_count; i++) {
		for (run = 0; run < runs_for(sizes[i]); run++) {
			creation = COST_OF(array = tdx_page_array_create(sizes[i]));
			MUST(!IS_ERR(array));
			first = COST_OF(error = tdx_page_array_populate(array, 0));
			MUST(error > 0);
			add_sample(&creations, creation);
			add_sample(&populated_creations, sum_of(creation, first));
			add_sample(&populations, COST_OF(error = populate_all(array, sizes[i])));
			MUST(!error);
			add_sample(&frees, COST_OF(error = tdx_page_array_release(array)));
			MUST(!error);
		}
		report("create alone", sizes[i], &creations);
		report("create", sizes[i], &populated_creations);
		report("populate", sizes[i], &populations);
		report("free", sizes[i], &frees);
	}
	return 0;
}
