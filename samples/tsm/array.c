// SPDX-License-Identifier: GPL-2.0
/* Page arrays of this driver: created with the size that the TDX module asks for, and released or leaked. */
#include <linux/device.h>

#include "tsm.h"

/* An array with as many pages as the metadata field @count_field says. */
int tsm_array_create(struct tsm_device *tsm, u64 count_field, struct tdx_page_array **array)
{
	struct tdx_page_array *created;
	u64 pages, status;

	status = tdx_tdh_sys_rd(count_field, &pages);
	if (status) {
		dev_err(tsm->dev, "metadata field %#llx cannot be read (status %#llx)\n",
			count_field, status);
		return tdx_status_to_errno(status);
	}
	created = tdx_page_array_create(pages);
	if (IS_ERR(created))
		return PTR_ERR(created);
	*array = created;
	return 0;
}

/*
 * Takes the pages back, in whatever state they are: the array keeps track of it. Fails with -EBUSY if the TDX module
 * owns them or is busy, and with -EAGAIN if it did not run: the array still exists then, and can be released later.
 */
int tsm_array_release(struct tsm_device *tsm, struct tdx_page_array **array)
{
	int error;

	if (!*array)
		return 0;
	error = tdx_page_array_release(*array);
	if (error == -EBUSY || error == -EAGAIN)
		return error;
	/* The pages are in quarantine: the driver has nothing more to do about them. */
	if (error == -EUCLEAN)
		dev_warn(tsm->dev, "some pages could not be made safe: they are in the quarantine "
				   "of tdx_page_array\n");
	*array = NULL;
	return 0;
}

/* For pages that the TDX module does not give back, at the end of the device. */
void tsm_array_leak(struct tsm_device *tsm, struct tdx_page_array **array)
{
	if (!*array)
		return;
	dev_warn(tsm->dev, "the TDX module does not return the pages: they go to the quarantine\n");
	tdx_page_array_leak(*array);
	*array = NULL;
}
