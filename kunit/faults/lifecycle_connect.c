// SPDX-License-Identifier: GPL-2.0
/* Lifecycles of extension memory, a session with a device and a stream, and IOMMUs. For a driver see samples/tsm/. */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include "faults.h"

/* The root port 00:02.0, with a selective stream. */
#define ROOT_PORT_STREAM 0x110
/* Heartbeat and key update; all certificate slots. */
#define CONFIGURATION (BIT(13) | BIT(14) | 0xffULL << 40)

#define IQ_ORDER    1 /* queues of 8 KiB */
#define QUEUE_PAGES (2 << IQ_ORDER)
#define EXT_PAGES   (TDX_PAGE_ARRAY_MAX_ENTRIES + 1) /* two windows */

static void configure_extensions(struct seam_config *config)
{
	config->ext_pool_pages = EXT_PAGES;
	config->interrupt_every = 300;
}

/* tdx_extensions_start() takes the pages and ends its array itself. */
static int open_extensions(struct driver *driver)
{
	u64 pages;
	const int error = read_metadata(EXT_MEMORY_POOL_REQUIRED_PAGES, &pages);

	if (error)
		return error;
	driver->needed += pages;
	return tdx_extensions_start();
}

const struct lifecycle lifecycle_extensions = {
	.name = "extensions",
	.configure = configure_extensions,
	.open = open_extensions,
	.close = close_object,
	.end = end_object,
	.kept = EXT_PAGES,
};

static void configure_stream(struct seam_config *config)
{
	config->ext_pool_pages = 0; /* services do not require extensions then */
	config->spdm_pages = 4;
	config->ide_pages = 2;
	config->interrupt_every = 1;
}

/* A leaf that exchanges messages with the device. */
typedef u64 leaf_fn(struct link *link, u64 operation, u64 *bytes);

static u64 connect(struct link *link, u64 unused, u64 *bytes)
{
	return tdx_tdh_spdm_connect(link->session, link->config, link->response, link->request,
				    link->info, bytes);
}

static u64 disconnect(struct link *link, u64 unused, u64 *bytes)
{
	return tdx_tdh_spdm_disconnect(link->session, link->response, link->request, bytes);
}

static u64 manage(struct link *link, u64 operation, u64 *bytes)
{
	return tdx_tdh_spdm_mng(link->session, operation, NULL, link->response, link->request,
				operation == TDX_SPDM_MNG_RECOLLECT ? link->info : NULL, bytes);
}

static u64 manage_keys(struct link *link, u64 operation, u64 *bytes)
{
	return tdx_tdh_ide_stream_km(link->session, link->stream, operation, link->response,
				     link->request, bytes);
}

/* The device answers each message with a copy, or not at all. In the end @bytes is the size of the output. */
static int exchange(struct driver *driver, leaf_fn *leaf, u64 operation, u64 *bytes)
{
	struct link *link = &driver->link;
	u64 status;

	for (;;) {
		status = leaf(link, operation, bytes);
		if ((status & TDX_PAGE_ARRAY_STATUS_MASK) != TDX_PAGE_ARRAY_SPDM_REQUEST)
			return tdx_status_to_errno(status);
		if (++driver->messages == driver->fail_message)
			return -ETIMEDOUT;
		if (*bytes > PAGE_SIZE)
			driver->wrong("a message of %llu bytes came to the device", *bytes);
		copy_page(page_address(link->response), page_address(link->request));
	}
}

static int take_page(struct page **page)
{
	*page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return *page ? 0 : -ENOMEM;
}

static int create_session(struct driver *driver)
{
	struct link *link = &driver->link;
	int error = take_page(&link->config);

	error = error ?: take_page(&link->request);
	error = error ?: take_page(&link->response);
	error = error ?: take_metadata(driver, SPDM_MAX_DEV_INFO_PAGES, &link->info);
	error = error ?: take_metadata(driver, SPDM_MT_PAGE_COUNT, &link->metadata);
	if (error)
		return error;
	*(u64 *)page_address(link->config) = CONFIGURATION;
	return tdx_status_to_errno(
		tdx_tdh_spdm_create(driver->function, link->metadata, &link->session));
}

static int use_session(struct driver *driver)
{
	struct link *link = &driver->link;
	u64 bytes;
	int error = exchange(driver, connect, 0, &bytes);

	link->connected = !error;
	error = error ?: read_output(link->info, bytes);
	error = error ?: exchange(driver, manage, TDX_SPDM_MNG_RECOLLECT, &bytes);
	return error ?: exchange(driver, manage, TDX_SPDM_MNG_HEARTBEAT, &bytes);
}

static int create_stream(struct driver *driver)
{
	const struct tdx_ide_stream stream = {.info = ROOT_PORT_STREAM};
	struct link *link = &driver->link;
	const int error = take_metadata(driver, IDE_MT_PAGE_COUNT, &link->stream_mt);
	u64 rp_ide_id;

	if (error)
		return error;
	return tdx_status_to_errno(tdx_tdh_ide_stream_create(
		link->session, &stream, link->stream_mt, &link->stream, &rp_ide_id));
}

static int use_stream(struct driver *driver)
{
	u64 bytes;
	int error = exchange(driver, manage_keys, TDX_IDE_KM_SETUP, &bytes);

	driver->link.has_keys = !error;
	return error ?: exchange(driver, manage_keys, TDX_IDE_KM_REFRESH, &bytes);
}

static int open_stream(struct driver *driver)
{
	int error = driver->link.metadata ? -EBUSY : 0;

	error = error ?: create_session(driver);
	error = error ?: use_session(driver);
	error = error ?: create_stream(driver);
	return error ?: use_stream(driver);
}

/* The stream is deleted even if stopping its keys fails. */
static int delete_stream(struct driver *driver)
{
	struct link *link = &driver->link;
	u64 status, blocked, bytes;
	int error = 0;

	if (!link->stream)
		return 0;
	if (link->has_keys)
		error = exchange(driver, manage_keys, TDX_IDE_KM_STOP, &bytes);
	if (!error)
		link->has_keys = false;
	blocked = tdx_tdh_ide_stream_block(link->session, link->stream);
	status = tdx_tdh_ide_stream_delete(link->session, link->stream, link->stream_mt);
	if (!status)
		link->stream = 0;
	return error ?: tdx_status_to_errno(status) ?: tdx_status_to_errno(blocked);
}

static int delete_session(struct driver *driver)
{
	struct link *link = &driver->link;
	u64 status, bytes;
	int error = 0;

	if (!link->session)
		return 0;
	if (link->connected)
		error = exchange(driver, disconnect, 0, &bytes);
	if (!error)
		link->connected = false;
	status = tdx_tdh_spdm_delete(link->session, link->metadata);
	if (!status)
		link->session = 0;
	return error ?: tdx_status_to_errno(status);
}

static int close_stream(struct driver *driver)
{
	const int stream = delete_stream(driver);
	const int session = delete_session(driver);

	return stream ?: session;
}

static int end_stream(struct driver *driver, bool give_up)
{
	struct link *link = &driver->link;
	struct page **const pages[] = {&link->config, &link->request, &link->response};
	unsigned int i;
	int error;

	close_stream(driver);
	error = END_ARRAYS(driver, give_up, &link->stream_mt, &link->metadata, &link->info);
	if (error == -EBUSY)
		return error;
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (*pages[i])
			__free_page(*pages[i]);
	*link = (struct link){};
	return error;
}

const struct lifecycle lifecycle_stream = {
	.name = "stream",
	.configure = configure_stream,
	.open = open_stream,
	.close = close_stream,
	.end = end_stream,
};
EXPORT_SYMBOL_GPL(lifecycle_stream);

static void configure_iommu(struct seam_config *config)
{
	config->iommu_pages = 3;
	config->interrupt_every = 3;
}

static int set_up(struct driver *driver)
{
	return tdx_status_to_errno(
		tdx_tdh_iommu_setup(driver->iommu_registers, driver->array, &driver->object));
}

static int clear(struct driver *driver)
{
	return tdx_status_to_errno(tdx_tdh_iommu_clear(driver->object, driver->array));
}

/* An interrupted setup whose resumption was not executed has to be completed before CLEAR. */
static int set_up_again_and_clear(struct driver *driver)
{
	return set_up(driver) ?: clear(driver);
}

static int open_iommu(struct driver *driver)
{
	u64 pages;
	int error = read_metadata(IOMMU_MT_PAGE_COUNT, &pages);

	error = error
			?: keep_array(tdx_page_array_create_iommu_mt(IQ_ORDER, pages),
				      &driver->array);
	if (error)
		return error;
	driver->needed += pages + QUEUE_PAGES;
	error = set_up(driver);
	driver->remove = error ? set_up_again_and_clear : clear;
	return error;
}

const struct lifecycle lifecycle_iommu = {
	.name = "iommu",
	.configure = configure_iommu,
	.open = open_iommu,
	.close = close_object,
	.end = end_object,
};
EXPORT_SYMBOL_GPL(lifecycle_iommu);
