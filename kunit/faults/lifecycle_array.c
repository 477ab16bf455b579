// SPDX-License-Identifier: GPL-2.0
/*
 * Lifecycles of arrays of every origin, handed over as an SPDM session's metadata; and what all
 * lifecycles do with arrays.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "faults.h"

#ifndef MAX_PAGE_ORDER /* before Linux 6.8 */
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#endif
/* Larger than the largest block if alloc_contig_pages() is exported. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define RANGE (1 << MAX_PAGE_ORDER)
#else
#define RANGE ((1 << MAX_PAGE_ORDER) + 1)
#endif

int read_metadata(u64 field, u64 *value)
{
	const u64 status = tdx_tdh_sys_rd(field, value);

	return status == SEAM_METADATA_ID_INCORRECT ? -EOPNOTSUPP : tdx_status_to_errno(status);
}

int keep_array(struct tdx_page_array *array, struct tdx_page_array **kept)
{
	if (IS_ERR(array))
		return PTR_ERR(array);
	*kept = array;
	return 0;
}

int take_pages(struct driver *driver, u64 pages, struct tdx_page_array **array)
{
	driver->needed += pages;
	return keep_array(tdx_page_array_create(pages), array);
}

int take_metadata(struct driver *driver, u64 field, struct tdx_page_array **array)
{
	u64 pages;
	const int error = read_metadata(field, &pages);

	return error ?: take_pages(driver, pages, array);
}

int read_output(struct tdx_page_array *array, u64 bytes)
{
	void *copy = __vmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	const int error = copy ? tdx_page_array_read(array, copy, bytes) : -ENOMEM;

	vfree(copy);
	return error;
}

static u64 pages_in_quarantine(void)
{
	struct tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.quarantined;
}

static int end_array(const struct driver *driver, struct tdx_page_array **ended, bool give_up)
{
	const u64 before = pages_in_quarantine();
	int error;

	if (!*ended)
		return 0;
	error = tdx_page_array_release(*ended);
	/* Both mean: try again later. */
	if (error == -EAGAIN)
		error = -EBUSY;
	if (error == -EBUSY && give_up)
		error = tdx_page_array_leak(*ended);
	if (error != -EBUSY)
		*ended = NULL;
	if (!driver->has_company && (error == -EUCLEAN) != (pages_in_quarantine() > before))
		driver->wrong("an array ended with %d, and %lld pages came to the quarantine",
			      error, pages_in_quarantine() - before);
	return error;
}

int end_arrays(const struct driver *driver, bool give_up, struct tdx_page_array ***arrays)
{
	int first = 0;

	for (; *arrays; arrays++) {
		const int error = end_array(driver, *arrays, give_up);

		if (!first || error == -EBUSY)
			first = error;
	}
	return first;
}

int close_object(struct driver *driver)
{
	const int error = driver->remove ? driver->remove(driver) : 0;

	if (!error)
		driver->remove = NULL;
	return error;
}

int end_object(struct driver *driver, bool give_up)
{
	int error;

	close_object(driver);
	error = end_array(driver, &driver->array, give_up);
	if (!driver->array)
		driver->remove = NULL;
	return error;
}

static void configure(struct seam_config *config)
{
	config->spdm_pages = ARRAY_PAGES;
}

static int delete_session(struct driver *driver)
{
	return tdx_status_to_errno(tdx_tdh_spdm_delete(driver->object, driver->array));
}

static int hand_over(struct driver *driver)
{
	const u64 status = tdx_tdh_spdm_create(driver->function, driver->array, &driver->object);

	driver->remove = status ? NULL : delete_session;
	return tdx_status_to_errno(status);
}

static int open_session(struct driver *driver)
{
	const int error = take_metadata(driver, SPDM_MT_PAGE_COUNT, &driver->array);

	return error ?: hand_over(driver);
}

const struct lifecycle lifecycle_session = {
	.name = "session",
	.configure = configure,
	.open = open_session,
	.close = close_object,
	.end = end_object,
};

int lose_session(struct driver *driver)
{
	int error = open_session(driver);

	if (error)
		return error;
	error = tdx_page_array_leak(driver->array);
	driver->array = NULL;
	driver->remove = NULL;
	return error == -EUCLEAN ? 0 : -EIO;
}

/* A session that the driver leaks, and that the module ends later. */
static int open_lost(struct driver *driver)
{
	const int error = lose_session(driver);

	if (error)
		return error;
	seam_emulator_settle();
	return tdx_page_array_retry_quarantine() == ARRAY_PAGES ? 0 : -EUCLEAN;
}

const struct lifecycle lifecycle_lost = {
	.name = "lost",
	.configure = configure,
	.open = open_lost,
	.close = close_object,
	.end = end_object,
};

/* Every second page of a block: adjacent pages would need fewer extents. */
static int take_scattered_pages(struct page **pages)
{
	const unsigned int order = order_base_2(2 * ARRAY_PAGES);
	struct page *block = alloc_pages(GFP_KERNEL, order);
	unsigned int i;

	if (!block)
		return -ENOMEM;
	split_page(block, order);
	for (i = 0; i < 1U << order; i++) {
		if (i % 2 == 0 && i / 2 < ARRAY_PAGES)
			pages[i / 2] = block + i;
		else
			__free_page(block + i);
	}
	return 0;
}

static int open_adopted(struct driver *driver)
{
	int error = take_scattered_pages(driver->own);

	error = error ?: keep_array(tdx_page_array_adopt(driver->own, ARRAY_PAGES), &driver->array);
	return error ?: hand_over(driver);
}

/* Checks that the module has put all references, and puts the owner's. */
static int check_adopted(struct driver *driver)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_PAGES; i++) {
		if (!driver->own[i])
			continue;
		if (page_count(driver->own[i]) != 1)
			error = -EUCLEAN;
		put_page(driver->own[i]);
		driver->own[i] = NULL;
	}
	return error;
}

const struct lifecycle lifecycle_adopted = {
	.name = "adopted",
	.configure = configure,
	.open = open_adopted,
	.close = close_object,
	.end = end_object,
	.check = check_adopted,
};

/* Arrays on a node and with flags, which are handed over or mapped. */
static const struct kind {
	unsigned int pages;
	int node;
	unsigned int flags;
	bool is_mapped;
} kinds[] = {
	{ARRAY_PAGES, 0, TDX_PAGE_ARRAY_CONTIGUOUS},
	{ARRAY_PAGES, 0, TDX_PAGE_ARRAY_ACCOUNT},
	{7, TDX_PAGE_ARRAY_ANY_NODE, TDX_PAGE_ARRAY_ACCOUNT, true},
	{8, 0, TDX_PAGE_ARRAY_CONTIGUOUS | TDX_PAGE_ARRAY_ACCOUNT, true},
	{RANGE, TDX_PAGE_ARRAY_ANY_NODE, TDX_PAGE_ARRAY_CONTIGUOUS, true},
};

static int map_and_unmap(struct tdx_page_array *array)
{
	void *address = tdx_page_array_map(array);

	if (IS_ERR(address))
		return PTR_ERR(address);
	memset(address, 0xa5, tdx_page_array_nr_pages(array) * PAGE_SIZE);
	return tdx_page_array_unmap(array);
}

static int open_array(struct driver *driver, const struct kind *kind)
{
	struct tdx_page_array *array = tdx_page_array_create_node(kind->pages, kind->node,
								  kind->flags);
	const int error = keep_array(array, &driver->array);

	if (error)
		return error;
	return kind->is_mapped ? map_and_unmap(array) : hand_over(driver);
}

/* Each array ends before the next one; the last one is left. */
static int open_arrays(struct driver *driver)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE(kinds) && !error; i++) {
		error = close_object(driver);
		error = error ?: end_object(driver, false);
		error = error ?: open_array(driver, &kinds[i]);
	}
	return error;
}

const struct lifecycle lifecycle_arrays = {
	.name = "arrays",
	.configure = configure,
	.open = open_arrays,
	.close = close_object,
	.end = end_object,
};
