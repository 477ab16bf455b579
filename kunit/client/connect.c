// SPDX-License-Identifier: GPL-2.0
/* Jobs of TDX Connect and of the extensions, by the public header alone. */
#include <linux/err.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "client.h"

/* Metadata fields, by their names in the TDX module's global metadata. */
#define IDE_MT_PAGE_COUNT	       0x3000000100000001ULL
#define SPDM_MT_PAGE_COUNT	       0x3000000100000002ULL
#define IOMMU_MT_PAGE_COUNT	       0x3000000100000003ULL
#define SPDM_MAX_DEV_INFO_PAGES	       0x3000000100000007ULL
#define EXT_MEMORY_POOL_REQUIRED_PAGES 0x3100000200000000ULL

/* A function of the device 01:00.0, and the root port 00:02.0 above it. */
#define DEVICE_FUNCTION 0x0100
#define ROOT_PORT	PCI_DEVFN(2, 0)
#define SELECTIVE	BIT(8)

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

/* A session by the wrappers, from its pages to its pages. */
void run_session(struct row *row)
{
	struct tdx_page_array *array;
	u64 session;

	row->job = "SPDM session";
	row->needed = read_metadata(row, SPDM_MT_PAGE_COUNT);
	array = take_pages(row);
	if (!array)
		return;
	row->status = tdx_tdh_spdm_create(DEVICE_FUNCTION, array, &session);
	if (!row->status) {
		row->used = row->needed;
		row->status = tdx_tdh_spdm_delete(session, array);
	}
	end_array(row, array);
}

/* The device: its answer to every message is the message. */
static int echo(void *context, const void *request, size_t request_bytes, void *response)
{
	memcpy(response, request, request_bytes);
	return 0;
}

static struct tdx_stream *make_stream(struct tdx_spdm_session *session)
{
	const struct tdx_ide_stream config = {.info = ROOT_PORT | SELECTIVE};
	u64 rp_ide_id;

	return tdx_stream_open(session, &config, &rp_ide_id);
}

static int use_stream(struct tdx_spdm_session *session)
{
	struct tdx_stream *stream = make_stream(session);
	int error, closed;

	if (IS_ERR(stream))
		return PTR_ERR(stream);
	error = tdx_stream_manage_keys(stream, TDX_IDE_KM_SETUP);
	error = error ?: tdx_stream_manage_keys(stream, TDX_IDE_KM_REFRESH);
	closed = tdx_stream_close(stream);
	return error ?: closed;
}

static int read_device_info(struct tdx_spdm_session *session)
{
	const long bytes = tdx_spdm_session_read_device_info(session, NULL, 0);
	void *info;
	long read;

	if (bytes <= 0)
		return bytes ?: -ENODATA;
	info = kzalloc(bytes, GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	read = tdx_spdm_session_read_device_info(session, info, bytes);
	kfree(info);
	return read == bytes ? 0 : -EIO;
}

/* A connected session, or NULL and the row's status or error. */
static struct tdx_spdm_session *make_session(struct row *row)
{
	const struct tdx_spdm_transport transport = {.exchange = echo};
	const struct tdx_spdm_config config = {
		.capabilities = BIT(13) | BIT(14),
		.certificate_slots = 0xff,
	};
	struct tdx_spdm_session *session;

	row->needed = read_metadata(row, SPDM_MT_PAGE_COUNT);
	row->needed += read_metadata(row, SPDM_MAX_DEV_INFO_PAGES);
	row->needed += read_metadata(row, IDE_MT_PAGE_COUNT);
	if (row->status)
		return NULL;
	session = tdx_spdm_session_open(DEVICE_FUNCTION, &transport);
	if (IS_ERR(session)) {
		row->error = PTR_ERR(session);
		return NULL;
	}
	row->error = tdx_spdm_session_connect(session, &config);
	return session;
}

/* A session and a stream as objects, with messages to a device. */
void run_stream(struct row *row)
{
	struct tdx_spdm_session *session;
	int closed;

	row->job = "IDE stream";
	session = make_session(row);
	if (!session)
		return;
	row->error = row->error ?: read_device_info(session);
	row->error = row->error ?: tdx_spdm_session_manage(session, TDX_SPDM_MNG_HEARTBEAT);
	row->error = row->error ?: use_stream(session);
	row->used = row->error ? 0 : row->needed;
	closed = tdx_spdm_session_close(session);
	row->error = row->error ?: closed;
}

/* A session with a stream that stay open, so that a person can look at them. */
static struct tdx_spdm_session *open_session;
static struct tdx_stream *opened_stream;

void open_stream(struct row *row)
{
	row->job = "open IDE stream";
	if (open_session) {
		row->error = -EBUSY;
		return;
	}
	open_session = make_session(row);
	if (!open_session || row->error)
		return;
	opened_stream = make_stream(open_session);
	if (IS_ERR(opened_stream)) {
		row->error = PTR_ERR(opened_stream);
		opened_stream = NULL;
		return;
	}
	row->error = tdx_stream_manage_keys(opened_stream, TDX_IDE_KM_SETUP);
	row->used = row->error ? 0 : row->needed;
}

void close_stream(struct row *row)
{
	int error = 0;

	row->job = "close IDE stream";
	if (opened_stream)
		row->error = tdx_stream_close(opened_stream);
	if (open_session)
		error = tdx_spdm_session_close(open_session);
	row->error = row->error ?: error;
	opened_stream = NULL;
	open_session = NULL;
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

/* A session that nobody deletes: its pages may not be used again. */
void lose_session(struct row *row)
{
	struct tdx_page_array *array;
	u64 session;

	row->job = "lost session";
	row->needed = read_metadata(row, SPDM_MT_PAGE_COUNT);
	array = take_pages(row);
	if (!array)
		return;
	row->status = tdx_tdh_spdm_create(DEVICE_FUNCTION, array, &session);
	row->used = row->status ? 0 : row->needed;
	row->error = tdx_page_array_leak(array);
	if (row->error == -EUCLEAN)
		row->error = 0;
}

void retry_quarantine(struct row *row)
{
	row->job = "quarantine retry";
	tdx_page_array_retry_quarantine();
}
