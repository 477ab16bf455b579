// SPDX-License-Identifier: GPL-2.0
/*
 * A reimplementation of the page handling in the second posted version of the series: a pointer for
 * each page, a bulk allocation of single pages, a zeroed list page. Its costs must be close to the reference
 * figures, and replace them where there are none.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "bench.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define alloc_pages_bulk alloc_pages_bulk_array
#endif

struct posted_array {
	unsigned int pages;
	unsigned int entries;
	struct page **handles;
	u64 *list;
};

/* NULL without enough memory: what was taken until then is lost, and the bench fails. */
static noinline struct posted_array *create(unsigned int pages)
{
	struct posted_array *array = kzalloc(sizeof(*array), GFP_KERNEL);
	unsigned int filled, before, i;

	if (!array)
		return NULL;
	array->pages = pages;
	array->list = kzalloc(PAGE_SIZE, GFP_KERNEL);
	array->handles = kcalloc(pages, sizeof(*array->handles), GFP_KERNEL);
	if (!array->list || !array->handles)
		return NULL;
	for (filled = 0; filled < pages;) {
		before = filled;
		filled += alloc_pages_bulk(GFP_KERNEL, pages - filled, array->handles + filled);
		if (filled == before)
			return NULL;
	}
	array->entries = min(pages, 512U);
	for (i = 0; i < array->entries; i++)
		array->list[i] = page_to_phys(array->handles[i]);
	return array;
}

static noinline void release(struct posted_array *array)
{
	unsigned int i;

	for (i = 0; i < array->pages && array->handles[i]; i++)
		put_page(array->handles[i]);
	kfree(array->handles);
	kfree(array->list);
	kfree(array);
}

void measure_posted_way(void)
{
	static struct samples creations, frees;
	struct posted_array *array;
	unsigned int i, run;

	for (i = 0; i < size_count; i++) {
		for (run = 0; run < runs_for(sizes[i]); run++) {
			scatter_free_pages();
			add_sample(&creations, COST_OF(array = create(sizes[i])));
			EXPECT(array);
			add_sample(&frees, COST_OF(release(array)));
		}
		report("create as posted", sizes[i], &creations);
		report("free as posted", sizes[i], &frees);
	}
}
