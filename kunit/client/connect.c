// SPDX-License-Identifier: GPL-2.0
/* Jobs of TDX Connect and of the extensions, with the public header only. */
#include <linux/err.h>
#include <linux/string.h>

#include "client.h"
#include "link.h"

/* A function of the device 01:00.0. */
#define DEVICE_FUNCTION 0x0100

#define IOMMU_REGISTERS 0xfed90000ULL
#define IQ_ORDER	1 /* queues of 8 KiB */
#define QUEUE_PAGES	(2 << IQ_ORDER)

void start_extensions(struct row *row)
{
	row->job = "extension memory";
	row->needed = read_metadata(row, EXT_MEMORY_POOL_REQUIRED_PAGES);
	if (row->status)
		return;
	row->error = tdx_extensions_start();
	row->used = row->error ? 0 : row->needed;
}

/* Creates a session. NULL if there are no pages for it. */
static struct tdx_page_array *make_session(struct row *row, u64 *session)
{
	struct tdx_page_array *array;

	row->needed = read_metadata(row, SPDM_MT_PAGE_COUNT);
	array = take_pages(row);
	if (!array)
		return NULL;
	row->status = tdx_tdh_spdm_create(DEVICE_FUNCTION, array, session);
	row->used = row->status ? 0 : row->needed;
	return array;
}

void run_session(struct row *row)
{
	struct tdx_page_array *array;
	u64 session;

	row->job = "SPDM session";
	array = make_session(row, &session);
	if (array && !row->status)
		row->status = tdx_tdh_spdm_delete(session, array);
	end_array(row, array);
}

/* The device: it answers each message with a copy. */
static int echo(struct link *link, const void *request, size_t bytes, void *response)
{
	memcpy(response, request, bytes);
	return 0;
}

static struct link open_link;

/* Creates a connected session with a stream that has keys. */
static int make_link(struct row *row)
{
	int error;

	open_link = (struct link){.exchange = echo};
	row->needed = read_metadata(row, SPDM_MT_PAGE_COUNT);
	row->needed += read_metadata(row, SPDM_MAX_DEV_INFO_PAGES);
	row->needed += read_metadata(row, IDE_MT_PAGE_COUNT);
	if (row->status)
		return -EIO;
	error = link_create_session(&open_link, DEVICE_FUNCTION);
	error = error ?: link_connect(&open_link);
	error = error ?: link_create_stream(&open_link);
	return error ?: link_manage_keys(&open_link, TDX_IDE_KM_SETUP);
}

static void end_link(struct row *row)
{
	const int error = link_delete(&open_link);

	row->error = row->error ?: error;
	end_array(row, open_link.stream_mt);
	end_array(row, open_link.metadata);
	end_array(row, open_link.info);
	link_free(&open_link);
	open_link = (struct link){};
}

/* A session with a stream, which stay open for inspection. */
void open_stream(struct row *row)
{
	row->job = "open IDE stream";
	row->error = open_link.metadata ? -EBUSY : make_link(row);
	row->used = row->error ? 0 : row->needed;
}

/* A session with a stream, messages to the device, and the end of both. */
void run_stream(struct row *row)
{
	const bool is_open = open_link.metadata;

	open_stream(row);
	row->job = "IDE stream";
	if (is_open)
		return;
	row->error = row->error ?: link_read_info(&open_link);
	row->error = row->error ?: link_manage(&open_link, TDX_SPDM_MNG_HEARTBEAT);
	row->error = row->error ?: link_manage_keys(&open_link, TDX_IDE_KM_REFRESH);
	row->used = row->error ? 0 : row->needed;
	end_link(row);
}

void close_stream(struct row *row)
{
	row->job = "close IDE stream";
	end_link(row);
}

void run_iommu(struct row *row)
{
	struct tdx_page_array *array;
	u64 iommu;

	row->job = "IOMMU";
	row->needed = read_metadata(row, IOMMU_MT_PAGE_COUNT);
	if (row->status)
		return;
	array = tdx_page_array_create_iommu_mt(IQ_ORDER, row->needed);
	if (IS_ERR(array)) {
		row->error = PTR_ERR(array);
		return;
	}
	row->needed += QUEUE_PAGES;
	row->status = tdx_tdh_iommu_setup(IOMMU_REGISTERS, array, &iommu);
	if (!row->status) {
		row->used = row->needed;
		row->status = tdx_tdh_iommu_clear(iommu, array);
	}
	end_array(row, array);
}

/* A session that is not deleted: its pages must not be used again. */
void lose_session(struct row *row)
{
	struct tdx_page_array *array;
	u64 session;

	row->job = "lost session";
	array = make_session(row, &session);
	if (!array)
		return;
	row->error = tdx_page_array_leak(array);
	if (row->error == -EUCLEAN)
		row->error = 0;
}

void retry_quarantine(struct row *row)
{
	row->job = "quarantine retry";
	tdx_page_array_retry_quarantine();
}
