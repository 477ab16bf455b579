// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of up to 1 GiB: the cost per page of allocation, hand-over as extension memory, leak and
 * release; and the longest stretch without a scheduling point.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define RUNS 3

static const unsigned int scales[] = {LARGEST_ARRAY, 65536, LARGEST_SCALE};

static struct page **kept;

static struct tdx_page_array *create(unsigned int pages)
{
	struct tdx_page_array *array;

	scatter_free_pages();
	array = tdx_page_array_create(pages);
	return FAILS(!IS_ERR(array)) ? NULL : array;
}

static int create_and_free(unsigned int pages)
{
	static struct samples creations, frees;
	struct tdx_page_array *array;
	unsigned int run;
	int error;

	for (run = 0; run < RUNS; run++) {
		scatter_free_pages();
		add_sample(&creations, COST_OF(array = tdx_page_array_create(pages)));
		if (FAILS(!IS_ERR(array)))
			return -EIO;
		add_sample(&frees, COST_OF(error = tdx_page_array_release(array)));
		if (FAILS(!error))
			return -EIO;
	}
	report("scale: create", pages, &creations);
	report("scale: free", pages, &frees);
	return 0;
}

static int stretches_of_create_and_free(unsigned int pages)
{
	struct tdx_page_array *array;
	int error;

	scatter_free_pages();
	begin_stretch_of();
	array = tdx_page_array_create(pages);
	end_stretch_of("scale: create", pages);
	if (FAILS(!IS_ERR(array)))
		return -EIO;
	begin_stretch_of();
	error = tdx_page_array_release(array);
	end_stretch_of("scale: free", pages);
	return FAILS(!error) ? -EIO : 0;
}

static bool add_window(struct tdx_page_array *array, unsigned int offset)
{
	return tdx_page_array_populate(array, offset) > 0 && !tdx_tdh_ext_mem_add(array);
}

/* Remembers the pages that the TDX module keeps: they are freed after a power cycle. */
static void remember_pages(struct tdx_page_array *array, unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		kept[i] = tdx_page_array_page(array, i);
}

static void free_kept_pages(unsigned int pages)
{
	unsigned int i, end;

	seam_emulator_power_cycle();
	for (i = 0; i < pages; i = end) {
		/* Only the first page of a block has a reference count. */
		for (end = i + 1; end < pages && !page_count(kept[end]);)
			end++;
		__free_pages(kept[i], ilog2(end - i));
	}
}

static int hand_over_and_leak(unsigned int pages)
{
	static struct samples hand_overs, leaks;
	struct tdx_page_array *array = create(pages);
	struct cost hand_over = {};
	unsigned int offset;
	bool is_added;
	int error;

	if (!array)
		return -EIO;
	seam_emulator_reset();
	CHANGE_CONFIG(ext_pool_pages, pages);
	remember_pages(array, pages);
	for (offset = 0; offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES) {
		ADD_COST_OF(hand_over, is_added = add_window(array, offset));
		if (FAILS(is_added))
			return -EIO;
	}
	add_sample(&hand_overs, hand_over);
	add_sample(&leaks, COST_OF(error = tdx_page_array_leak(array)));
	if (FAILS(!error))
		return -EIO;
	report("scale: hand over", pages, &hand_overs);
	report("scale: leak", pages, &leaks);
	free_kept_pages(pages);
	return 0;
}

static int stretches_of_hand_over_and_leak(unsigned int pages)
{
	struct tdx_page_array *array = create(pages);
	unsigned int offset;
	bool is_added = true;
	int error;

	if (!array)
		return -EIO;
	seam_emulator_reset();
	CHANGE_CONFIG(ext_pool_pages, pages);
	remember_pages(array, pages);
	begin_stretch_of();
	for (offset = 0; is_added && offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES)
		is_added = add_window(array, offset);
	end_stretch_of("scale: hand over", pages);
	if (FAILS(is_added))
		return -EIO;
	begin_stretch_of();
	error = tdx_page_array_leak(array);
	end_stretch_of("scale: leak", pages);
	if (FAILS(!error))
		return -EIO;
	free_kept_pages(pages);
	return 0;
}

static int measure_stretches(unsigned int pages)
{
	int error = begin_stretches();

	if (error)
		return error;
	error = stretches_of_create_and_free(pages) ?: stretches_of_hand_over_and_leak(pages);
	end_stretches();
	return error;
}

int measure_scale(unsigned int largest)
{
	unsigned int i;
	int error = 0;

	kept = vmalloc(LARGEST_SCALE * sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	for (i = 0; !error && i < ARRAY_SIZE(scales) && scales[i] <= largest; i++)
		error = create_and_free(scales[i]) ?: hand_over_and_leak(scales[i])
			?: measure_stretches(scales[i]) ?: measure_descriptor(scales[i]);
	vfree(kept);
	return error;
}
