// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays that are never handed over: create, populate, free. The list of the first window is counted
 * as part of the creation, as in the posted series; a single page needs no list page.
 */
#include <linux/err.h>

#include "bench.h"
#include "tdx_page_array.h"

static struct samples creations, populations, frees;

static int populate_all(struct tdx_page_array *array, unsigned int pages)
{
	unsigned int offset;

	for (offset = 0; offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES)
		if (tdx_page_array_populate(array, offset) <= 0)
			return -EIO;
	return 0;
}

static void run_array(unsigned int pages)
{
	struct tdx_page_array *array;
	struct cost creation;
	int error;

	scatter_free_pages();
	creation = COST_OF(array = tdx_page_array_create(pages));
	EXPECT(!IS_ERR(array));
	if (pages > 1) {
		ADD_COST_OF(creation, error = tdx_page_array_populate(array, 0));
		EXPECT(error > 0);
		add_sample(&populations, COST_OF(error = populate_all(array, pages)));
		EXPECT(!error);
	}
	add_sample(&creations, creation);
	add_sample(&frees, COST_OF(error = tdx_page_array_release(array)));
	EXPECT(!error);
}

/* Extension memory needs a list even for one page. */
static void measure_single_list(void)
{
	struct tdx_page_array *array = tdx_page_array_create(1);
	unsigned int run;
	int error;

	EXPECT(tdx_page_array_populate(array, 0) == 1);
	for (run = 0; run < MAX_RUNS; run++) {
		add_sample(&populations, COST_OF(error = tdx_page_array_populate(array, 0)));
		EXPECT(error == 1);
	}
	report("populate", 1, &populations);
	EXPECT(!tdx_page_array_release(array));
}

void measure_arrays(void)
{
	unsigned int i, run;

	for (i = 0; i < size_count; i++) {
		for (run = 0; run < runs_for(sizes[i]); run++)
			run_array(sizes[i]);
		report("create", sizes[i], &creations);
		if (sizes[i] > 1)
			report("populate", sizes[i], &populations);
		report("free", sizes[i], &frees);
	}
	measure_single_list();
}
