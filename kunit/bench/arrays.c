// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays that are never handed over: create, populate, free. The list of the first window is counted
 * as part of the creation, as in the posted version; a single page needs no list page.
 */
#include <linux/err.h>

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

/* Extension memory needs a list even for one page. */
static int measure_single_list(void)
{
	static struct samples populations;
	struct tdx_page_array *array = tdx_page_array_create(1);
	unsigned int run;
	int error;

	if (FAILS(!IS_ERR(array) && tdx_page_array_populate(array, 0) == 1))
		return -EIO;
	for (run = 0; run < MAX_RUNS; run++) {
		add_sample(&populations, COST_OF(error = tdx_page_array_populate(array, 0)));
		if (FAILS(error == 1))
			return -EIO;
	}
	report("populate", 1, &populations);
	if (FAILS(!tdx_page_array_release(array)))
		return -EIO;
	return 0;
}

int measure_arrays(void)
{
	static struct samples creations, populations, frees;
	struct tdx_page_array *array;
	struct cost creation;
	unsigned int i, run;
	int error;

	for (i = 0; i < size_count; i++) {
		for (run = 0; run < runs_for(sizes[i]); run++) {
			scatter_free_pages();
			creation = COST_OF(array = tdx_page_array_create(sizes[i]));
			if (FAILS(!IS_ERR(array)))
				return -EIO;
			if (sizes[i] > 1) {
				ADD_COST_OF(creation, error = tdx_page_array_populate(array, 0));
				if (FAILS(error > 0))
					return -EIO;
			}
			add_sample(&creations, creation);
			if (sizes[i] > 1) {
				add_sample(&populations,
					   COST_OF(error = populate_all(array, sizes[i])));
				if (FAILS(!error))
					return -EIO;
			}
			add_sample(&frees, COST_OF(error = tdx_page_array_release(array)));
			if (FAILS(!error))
				return -EIO;
		}
		report("create", sizes[i], &creations);
		if (sizes[i] > 1)
			report("populate", sizes[i], &populations);
		report("free", sizes[i], &frees);
	}
	return measure_single_list();
}
