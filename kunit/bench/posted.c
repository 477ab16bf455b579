// SPDX-License-Identifier: GPL-2.0
/*
 * A reimplementation of the page handling in the second posted version of the series: a pointer for
 * each page, a bulk allocation of single pages, a zeroed list page. Its costs must be close to the
 * reference figures, and replace them where there are none.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "bench.h"
#include "posted.h"

static void populate(struct posted_array *array, unsigned int offset)
{
	unsigned int i;

	array->offset = offset;
	array->entries = min(array->pages - offset, 512U);
	for (i = 0; i < array->entries; i++)
		array->list[i] = page_to_phys(array->handles[offset + i]);
}

noinline void posted_free(struct posted_array *array)
{
	unsigned int i;

	for (i = 0; i < array->pages && array->handles[i]; i++)
		put_page(array->handles[i]);
	kfree(array->handles);
	kfree(array->list);
	kfree(array);
}

noinline struct posted_array *posted_create(unsigned int pages)
{
	struct posted_array *array = kzalloc(sizeof(*array), GFP_KERNEL);
	unsigned int filled = 0, before;

	if (!array)
		return NULL;
	array->pages = pages;
	array->list = kzalloc(PAGE_SIZE, GFP_KERNEL);
	array->handles = kcalloc(pages, sizeof(*array->handles), GFP_KERNEL);
	if (!array->list || !array->handles)
		goto fail;
	while (filled < pages) {
		before = filled;
		filled += alloc_pages_bulk(GFP_KERNEL, pages - filled, array->handles + filled);
		if (filled == before)
			goto fail;
	}
	populate(array, 0);
	return array;

fail:
	if (array->handles)
		posted_free(array);
	return NULL;
}

int measure_posted_way(void)
{
	static struct samples creations, frees;
	unsigned int i, run;

	for (i = 0; i < size_count; i++) {
		for (run = 0; run < runs_for(sizes[i]); run++) {
			struct posted_array *array;

			scatter_free_pages();
			add_sample(&creations, COST_OF(array = posted_create(sizes[i])));
			if (FAILS(array))
				return -EIO;
			add_sample(&frees, COST_OF(posted_free(array)));
		}
		report("create as posted", sizes[i], &creations);
		report("free as posted", sizes[i], &frees);
	}
	return 0;
}
