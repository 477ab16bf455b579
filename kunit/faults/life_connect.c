// SPDX-License-Identifier: GPL-2.0
/* Lives of extension memory, of SPDM sessions and IDE streams as objects, and of IOMMUs. */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "faults.h"

#define ROOT_PORT 0x10
#define SELECTIVE BIT(8)

#define IQ_ORDER  1
#define EXT_PAGES (TDX_PAGE_ARRAY_MAX_ENTRIES + 1) /* two windows */

static void configure_extensions(struct seam_config *config)
{
	config->ext_pool_pages = EXT_PAGES;
	config->interrupt_every = 300;
}

static int live_extensions(struct driver *driver)
{
	return tdx_extensions_start();
}

/* The bring-up ends its array itself. */
static int end_extensions(struct driver *driver, bool give_up)
{
	return 0;
}

const struct life life_extensions = {
	.name = "extensions",
	.configure = configure_extensions,
	.live = live_extensions,
	.end = end_extensions,
	.kept = EXT_PAGES,
};
EXPORT_SYMBOL_GPL(life_extensions);

static void configure_objects(struct seam_config *config)
{
	config->ext_pool_pages = 0; /* sessions talk without extensions then */
	config->spdm_pages = 4;
	config->ide_pages = 2;
	config->interrupt_every = 1;
}

/* The device: its answer to every message is the message. */
static int echo(void *context, const void *request, size_t request_bytes, void *response)
{
	struct driver *driver = context;

	if (++driver->messages == driver->fail_message)
		return -ETIMEDOUT;
	if (request_bytes > 4096)
		driver->wrong("a message of %zu bytes came to the device", request_bytes);
	else
		memcpy(response, request, request_bytes);
	return 0;
}

static int open_session(struct driver *driver)
{
	const struct tdx_spdm_transport transport = {.exchange = echo, .context = driver};

	driver->session = tdx_spdm_session_open(driver->function, &transport);
	return PTR_ERR_OR_ZERO(driver->session);
}

static int end_objects(struct driver *driver, bool give_up)
{
	if (!IS_ERR_OR_NULL(driver->stream) && tdx_stream_close(driver->stream) == -EBUSY)
		return -EBUSY;
	driver->stream = NULL;
	if (!IS_ERR_OR_NULL(driver->session) && tdx_spdm_session_close(driver->session) == -EBUSY)
		return -EBUSY;
	driver->session = NULL;
	return 0;
}

/* The ends again, where their own errors count. */
static int close_objects(struct driver *driver)
{
	int error = 0, closed;

	if (driver->stream) {
		error = tdx_stream_close(driver->stream);
		if (error == -EBUSY)
			return error;
		driver->stream = NULL;
	}
	closed = tdx_spdm_session_close(driver->session);
	if (closed != -EBUSY)
		driver->session = NULL;
	return error ?: closed;
}

static int read_device_info(struct driver *driver)
{
	const long bytes = tdx_spdm_session_read_device_info(driver->session, NULL, 0);
	void *info;
	long read;

	if (bytes <= 0)
		return bytes ?: -ENODATA;
	info = kzalloc(bytes, GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	read = tdx_spdm_session_read_device_info(driver->session, info, bytes);
	kfree(info);
	return read == bytes ? 0 : -EIO;
}

static int use_session(struct driver *driver)
{
	const struct tdx_spdm_config config = {
		.capabilities = BIT(13) | BIT(14),
		.certificate_slots = 0xff,
	};
	int error = tdx_spdm_session_connect(driver->session, &config);

	error = error ?: read_device_info(driver);
	error = error ?: tdx_spdm_session_manage(driver->session, TDX_SPDM_MNG_HEARTBEAT);
	return error ?: tdx_spdm_session_manage(driver->session, TDX_SPDM_MNG_RECOLLECT);
}

static int live_object(struct driver *driver)
{
	const int opened = open_session(driver);
	const int error = opened ?: use_session(driver);

	if (!error)
		return close_objects(driver);
	end_objects(driver, false);
	return error;
}

const struct life life_object = {
	.name = "object",
	.configure = configure_objects,
	.live = live_object,
	.end = end_objects,
};
EXPORT_SYMBOL_GPL(life_object);

static int use_stream(struct driver *driver)
{
	const struct tdx_ide_stream config = {.info = ROOT_PORT | SELECTIVE};
	u64 rp_ide_id;
	int error;

	driver->stream = tdx_stream_open(driver->session, &config, &rp_ide_id);
	if (IS_ERR(driver->stream))
		return PTR_ERR(driver->stream);
	error = tdx_stream_manage_keys(driver->stream, TDX_IDE_KM_SETUP);
	return error ?: tdx_stream_manage_keys(driver->stream, TDX_IDE_KM_REFRESH);
}

static int live_stream(struct driver *driver)
{
	const int opened = open_session(driver);
	const int error = opened ?: use_stream(driver);

	if (!error)
		return close_objects(driver);
	end_objects(driver, false);
	return error;
}

const struct life life_stream = {
	.name = "stream",
	.configure = configure_objects,
	.live = live_stream,
	.end = end_objects,
};
EXPORT_SYMBOL_GPL(life_stream);

static void configure_iommu(struct seam_config *config)
{
	config->iommu_pages = 3;
	config->interrupt_every = 3;
}

static int set_up_and_clear(struct driver *driver, int pages)
{
	u64 status, iommu;

	driver->array = tdx_page_array_create_iommu_mt(IQ_ORDER, pages);
	if (IS_ERR(driver->array))
		return PTR_ERR(driver->array);
	status = tdx_tdh_iommu_setup(driver->iommu_registers, driver->array, &iommu);
	status = status ?: tdx_tdh_iommu_clear(iommu, driver->array);
	return tdx_status_to_errno(status);
}

static int end_iommu(struct driver *driver, bool give_up)
{
	return end_array(driver, &driver->array, give_up);
}

static int live_iommu(struct driver *driver)
{
	const int pages = read_page_count(FIELD_IOMMU_MT_PAGE_COUNT);
	const int error = pages < 0 ? pages : set_up_and_clear(driver, pages);
	const int ended = end_iommu(driver, false);

	return error ?: ended;
}

const struct life life_iommu = {
	.name = "iommu",
	.configure = configure_iommu,
	.live = live_iommu,
	.end = end_iommu,
};
EXPORT_SYMBOL_GPL(life_iommu);
