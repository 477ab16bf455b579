// SPDX-License-Identifier: GPL-2.0
/* Lifecycles of extension memory, SPDM sessions with messages, IDE streams, and IOMMUs. */
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/string.h>

#include "faults.h"

#define IQ_ORDER  1
#define EXT_PAGES (TDX_PAGE_ARRAY_MAX_ENTRIES + 1) /* two windows */

static void configure_extensions(struct seam_config *config)
{
	config->ext_pool_pages = EXT_PAGES;
	config->interrupt_every = 300;
}

static int run_extensions(struct driver *driver)
{
	return tdx_extensions_start();
}

/* tdx_extensions_start() ends its array itself. */
static int end_extensions(struct driver *driver, bool give_up)
{
	return 0;
}

const struct lifecycle lifecycle_extensions = {
	.name = "extensions",
	.configure = configure_extensions,
	.run = run_extensions,
	.end = end_extensions,
	.kept = EXT_PAGES,
};

static void configure_link(struct seam_config *config)
{
	config->ext_pool_pages = 0; /* services do not require extensions then */
	config->spdm_pages = 4;
	config->ide_pages = 2;
	config->interrupt_every = 1;
}

/* The device: it answers each message with a copy. */
static int echo(struct link *link, const void *request, size_t request_bytes, void *response)
{
	struct driver *driver = container_of(link, struct driver, link);

	if (++driver->messages == driver->fail_message)
		return -ETIMEDOUT;
	if (request_bytes > 4096)
		driver->wrong("a message of %zu bytes came to the device", request_bytes);
	else
		memcpy(response, request, request_bytes);
	return 0;
}

static int create_link(struct driver *driver)
{
	driver->link = (struct link){.exchange = echo};
	return link_create_session(&driver->link, driver->function);
}

static int end_link(struct driver *driver, bool give_up)
{
	struct link *link = &driver->link;
	int stream, session;

	link_delete(link);
	stream = end_array(driver, &link->stream_mt, give_up);
	session = end_array(driver, &link->metadata, give_up);
	if (stream == -EBUSY || session == -EBUSY)
		return -EBUSY;
	end_array(driver, &link->info, give_up);
	link_free(link);
	return 0;
}

/* Ends the lifecycle; deletes the session only if there was no error. */
static int finish_link(struct driver *driver, int error)
{
	const int deleted = error ?: link_delete(&driver->link);
	const int ended = end_link(driver, false);

	return deleted ?: ended;
}

static int use_session(struct link *link)
{
	int error = link_connect(link);

	error = error ?: link_read_info(link);
	error = error ?: link_manage(link, TDX_SPDM_MNG_HEARTBEAT);
	return error ?: link_manage(link, TDX_SPDM_MNG_RECOLLECT);
}

static int run_service(struct driver *driver)
{
	const int created = create_link(driver);

	return finish_link(driver, created ?: use_session(&driver->link));
}

const struct lifecycle lifecycle_service = {
	.name = "service",
	.configure = configure_link,
	.run = run_service,
	.end = end_link,
};

static int use_stream(struct link *link)
{
	int error = link_create_stream(link);

	error = error ?: link_manage_keys(link, TDX_IDE_KM_SETUP);
	return error ?: link_manage_keys(link, TDX_IDE_KM_REFRESH);
}

static int run_stream(struct driver *driver)
{
	const int created = create_link(driver);

	return finish_link(driver, created ?: use_stream(&driver->link));
}

const struct lifecycle lifecycle_stream = {
	.name = "stream",
	.configure = configure_link,
	.run = run_stream,
	.end = end_link,
};

static void configure_iommu(struct seam_config *config)
{
	config->iommu_pages = 3;
	config->interrupt_every = 3;
}

static u64 clear(struct driver *driver)
{
	return tdx_tdh_iommu_clear(driver->object, driver->array);
}

/* An interrupted setup whose resumption was not executed has to be completed before CLEAR. */
static u64 set_up_again_and_clear(struct driver *driver)
{
	const u64 status = tdx_tdh_iommu_setup(driver->iommu_registers, driver->array,
					       &driver->object);

	return status ?: clear(driver);
}

static int set_up_and_clear(struct driver *driver, int pages)
{
	u64 status;

	driver->array = tdx_page_array_create_iommu_mt(IQ_ORDER, pages);
	if (IS_ERR(driver->array))
		return PTR_ERR(driver->array);
	status = tdx_tdh_iommu_setup(driver->iommu_registers, driver->array, &driver->object);
	if (status) {
		driver->remove = set_up_again_and_clear;
		return tdx_status_to_errno(status);
	}
	status = clear(driver);
	driver->remove = status ? clear : NULL;
	return tdx_status_to_errno(status);
}

static int end_iommu(struct driver *driver, bool give_up)
{
	return end_object(driver, give_up);
}

static int run_iommu(struct driver *driver)
{
	const int pages = read_page_count(IOMMU_MT_PAGE_COUNT);
	const int error = pages < 0 ? pages : set_up_and_clear(driver, pages);
	const int ended = end_iommu(driver, false);

	return error ?: ended;
}

const struct lifecycle lifecycle_iommu = {
	.name = "iommu",
	.configure = configure_iommu,
	.run = run_iommu,
	.end = end_iommu,
};
