// SPDX-License-Identifier: GPL-2.0
/* Lives of arrays of every origin, lent as an SPDM session's metadata by the wrappers. */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include "faults.h"

#define PAGES 5

static struct tdx_page_array *array;

int read_page_count(u64 field)
{
	u64 pages, status = tdx_tdh_sys_rd(field, &pages);

	if (status)
		return tdx_status_to_errno(status);
	return pages <= INT_MAX ? (int)pages : -ERANGE;
}

static u64 quarantined(void)
{
	struct tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.quarantined;
}

int end_array(struct tdx_page_array **ended, bool give_up)
{
	const u64 before = quarantined();
	int error;

	if (IS_ERR_OR_NULL(*ended)) {
		*ended = NULL;
		return 0;
	}
	error = tdx_page_array_release(*ended);
	if (error == -EBUSY && give_up)
		error = tdx_page_array_leak(*ended);
	if (error != -EBUSY)
		*ended = NULL;
	if ((error == -EUCLEAN) != (quarantined() > before))
		wrong("an array ended with %d, and %lld pages came to the quarantine", error,
		      quarantined() - before);
	return error;
}

static void configure(struct seam_config *config)
{
	config->spdm_pages = PAGES;
}

static int end(bool give_up)
{
	return end_array(&array, give_up);
}

/* What is left of an array that cannot be had back is given up at once. */
static int finish(int error)
{
	const int ended = end(false);

	return error ?: ended;
}

static int lend_and_take_back(void)
{
	u64 session, status;

	if (IS_ERR(array))
		return PTR_ERR(array);
	status = tdx_tdh_spdm_create(0, array, &session);
	status = status ?: tdx_tdh_spdm_delete(session, array);
	return tdx_status_to_errno(status);
}

static int live_session(void)
{
	const int pages = read_page_count(FIELD_SPDM_MT_PAGE_COUNT);

	if (pages < 0)
		return pages;
	array = tdx_page_array_create(pages);
	return finish(lend_and_take_back());
}

const struct life life_session = {
	.name = "session",
	.configure = configure,
	.live = live_session,
	.end = end,
};

/* A session that nobody deletes, until the module has ended it all the same. */
static int live_lost(void)
{
	u64 session, status;
	int error;

	array = tdx_page_array_create(PAGES);
	if (IS_ERR(array))
		return finish(PTR_ERR(array));
	status = tdx_tdh_spdm_create(0, array, &session);
	if (status)
		return finish(tdx_status_to_errno(status));
	error = tdx_page_array_leak(array);
	array = NULL;
	if (error != -EUCLEAN)
		return -EIO;
	seam_emulator_settle();
	return tdx_page_array_retry_quarantine() == PAGES ? 0 : -EUCLEAN;
}

const struct life life_lost = {
	.name = "lost",
	.configure = configure,
	.live = live_lost,
	.end = end,
};

static struct page *own[PAGES];

static int live_adopted(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		own[i] = alloc_page(GFP_KERNEL);
		if (!own[i])
			return -ENOMEM;
	}
	array = tdx_page_array_adopt(own, PAGES);
	return finish(lend_and_take_back());
}

/*
 * The owner puts every second page as soon as the array has ended, as it may: one that has to stay
 * is held by the module then.
 */
static int end_adopted(bool give_up)
{
	const int error = end_array(&array, give_up);
	unsigned int i;

	for (i = 0; i < PAGES && error != -EBUSY; i += 2) {
		if (own[i])
			put_page(own[i]);
		own[i] = NULL;
	}
	return error;
}

/* The other pages show that no reference of the module is left. */
static int check_adopted(void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < PAGES; i++) {
		if (!own[i])
			continue;
		if (page_count(own[i]) != 1)
			error = -EUCLEAN;
		put_page(own[i]);
		own[i] = NULL;
	}
	return error;
}

const struct life life_adopted = {
	.name = "adopted",
	.configure = configure,
	.live = live_adopted,
	.end = end_adopted,
	.check = check_adopted,
};

/* Takes an array of pages of @flags and gives it back, with a mapping in between. */
static int map_and_unmap(unsigned int pages, int node, unsigned int flags)
{
	void *address;
	int error;

	array = tdx_page_array_create_on(pages, node, flags);
	if (IS_ERR(array))
		return finish(PTR_ERR(array));
	address = tdx_page_array_map(array);
	if (IS_ERR(address))
		return finish(PTR_ERR(address));
	memset(address, 0xa5, pages * PAGE_SIZE);
	error = tdx_page_array_unmap(array);
	return finish(error);
}

static int lend(unsigned int flags)
{
	array = tdx_page_array_create_on(PAGES, 0, flags);
	return finish(lend_and_take_back());
}

static int live_arrays(void)
{
	int error;

	error = lend(TDX_PAGE_ARRAY_CONTIGUOUS);
	error = error ?: lend(TDX_PAGE_ARRAY_ACCOUNT);
	error = error ?: map_and_unmap(7, TDX_PAGE_ARRAY_ANY_NODE, TDX_PAGE_ARRAY_ACCOUNT);
	error = error ?: map_and_unmap(8, 0, TDX_PAGE_ARRAY_CONTIGUOUS | TDX_PAGE_ARRAY_ACCOUNT);
	/* Beyond the largest block: a range. */
	return error
		       ?: map_and_unmap((1 << MAX_PAGE_ORDER) + 1, TDX_PAGE_ARRAY_ANY_NODE,
					TDX_PAGE_ARRAY_CONTIGUOUS);
}

const struct life life_arrays = {
	.name = "arrays",
	.configure = configure,
	.live = live_arrays,
	.end = end,
};
