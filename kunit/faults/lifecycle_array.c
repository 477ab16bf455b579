// SPDX-License-Identifier: GPL-2.0
/* Lifecycles of arrays of every origin, handed over as an SPDM session's metadata. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/version.h>

#include "faults.h"

/* Larger than the largest block if alloc_contig_pages() is exported. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define RANGE (1 << MAX_PAGE_ORDER)
#else
#define RANGE ((1 << MAX_PAGE_ORDER) + 1)
#endif

int read_page_count(u64 field)
{
	u64 pages, status = tdx_tdh_sys_rd(field, &pages);

	if (status)
		return tdx_status_to_errno(status);
	return pages <= INT_MAX ? (int)pages : -ERANGE;
}

int end_array(const struct driver *driver, struct tdx_page_array **ended, bool give_up)
{
	const u64 before = pages_in_quarantine();
	int error;

	if (IS_ERR_OR_NULL(*ended)) {
		*ended = NULL;
		return 0;
	}
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

int end_object(struct driver *driver, bool give_up)
{
	int error;

	if (driver->remove && !driver->remove(driver))
		driver->remove = NULL;
	error = end_array(driver, &driver->array, give_up);
	if (!driver->array)
		driver->remove = NULL;
	return error;
}
EXPORT_SYMBOL_GPL(end_object);

static void configure(struct seam_config *config)
{
	config->spdm_pages = ARRAY_PAGES;
}

static int end(struct driver *driver, bool give_up)
{
	return end_object(driver, give_up);
}

/* Ends the array. Returns @error, or the error of the end. */
static int finish(struct driver *driver, int error)
{
	const int ended = end(driver, false);

	return error ?: ended;
}

static u64 delete_session(struct driver *driver)
{
	return tdx_tdh_spdm_delete(driver->object, driver->array);
}

static int hand_over_and_take_back(struct driver *driver)
{
	u64 status;

	if (IS_ERR(driver->array))
		return PTR_ERR(driver->array);
	status = tdx_tdh_spdm_create(driver->function, driver->array, &driver->object);
	if (status)
		return tdx_status_to_errno(status);
	status = delete_session(driver);
	driver->remove = status ? delete_session : NULL;
	return tdx_status_to_errno(status);
}

static int run_session(struct driver *driver)
{
	const int pages = read_page_count(SPDM_MT_PAGE_COUNT);

	if (pages < 0)
		return pages;
	driver->array = tdx_page_array_create(pages);
	return finish(driver, hand_over_and_take_back(driver));
}

const struct lifecycle lifecycle_session = {
	.name = "session",
	.configure = configure,
	.run = run_session,
	.end = end,
};

/* A session that the driver leaks, and that the module ends later. */
static int run_lost(struct driver *driver)
{
	u64 session, status;
	int error;

	driver->array = tdx_page_array_create(ARRAY_PAGES);
	if (IS_ERR(driver->array))
		return finish(driver, PTR_ERR(driver->array));
	status = tdx_tdh_spdm_create(driver->function, driver->array, &session);
	if (status)
		return finish(driver, tdx_status_to_errno(status));
	error = tdx_page_array_leak(driver->array);
	driver->array = NULL;
	if (error != -EUCLEAN)
		return -EIO;
	seam_emulator_settle();
	return tdx_page_array_retry_quarantine() == ARRAY_PAGES ? 0 : -EUCLEAN;
}

const struct lifecycle lifecycle_lost = {
	.name = "lost",
	.configure = configure,
	.run = run_lost,
	.end = end,
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

static int run_adopted(struct driver *driver)
{
	const int error = take_scattered_pages(driver->own);

	if (error)
		return error;
	driver->array = tdx_page_array_adopt(driver->own, ARRAY_PAGES);
	return finish(driver, hand_over_and_take_back(driver));
}

/*
 * The owner puts every second page as soon as the array has ended. For a page that has to stay out
 * of use the module has a reference.
 */
static int end_adopted(struct driver *driver, bool give_up)
{
	const int error = end_object(driver, give_up);
	unsigned int i;

	for (i = 0; i < ARRAY_PAGES && error != -EBUSY; i += 2) {
		if (driver->own[i])
			put_page(driver->own[i]);
		driver->own[i] = NULL;
	}
	return error;
}

/* Checks with the other pages that the module has put all references. */
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
	.run = run_adopted,
	.end = end_adopted,
	.check = check_adopted,
};

/* Creates an array of pages with @flags, maps and unmaps it, and releases it. */
static int map_and_unmap(struct driver *driver, unsigned int pages, int node, unsigned int flags)
{
	void *address;
	int error;

	driver->array = tdx_page_array_create_node(pages, node, flags);
	if (IS_ERR(driver->array))
		return finish(driver, PTR_ERR(driver->array));
	address = tdx_page_array_map(driver->array);
	if (IS_ERR(address))
		return finish(driver, PTR_ERR(address));
	memset(address, 0xa5, pages * PAGE_SIZE);
	error = tdx_page_array_unmap(driver->array);
	return finish(driver, error);
}

static int hand_over(struct driver *driver, unsigned int flags)
{
	driver->array = tdx_page_array_create_node(ARRAY_PAGES, 0, flags);
	return finish(driver, hand_over_and_take_back(driver));
}

static int run_arrays(struct driver *driver)
{
	int error = hand_over(driver, TDX_PAGE_ARRAY_CONTIGUOUS);

	error = error ?: hand_over(driver, TDX_PAGE_ARRAY_ACCOUNT);
	error = error ?: map_and_unmap(driver, 7, TDX_PAGE_ARRAY_ANY_NODE, TDX_PAGE_ARRAY_ACCOUNT);
	error = error
			?: map_and_unmap(driver, 8, 0,
					 TDX_PAGE_ARRAY_CONTIGUOUS | TDX_PAGE_ARRAY_ACCOUNT);
	return error
		       ?: map_and_unmap(driver, RANGE, TDX_PAGE_ARRAY_ANY_NODE,
					TDX_PAGE_ARRAY_CONTIGUOUS);
}

const struct lifecycle lifecycle_arrays = {
	.name = "arrays",
	.configure = configure,
	.run = run_arrays,
	.end = end,
};
