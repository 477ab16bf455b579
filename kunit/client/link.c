// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "link.h"

/* The root port 00:02.0, with a selective stream. */
#define ROOT_PORT_STREAM 0x110

/* Heartbeat and key update; all certificate slots. */
#define CONFIGURATION (BIT(13) | BIT(14) | 0xffULL << 40)

static int take_array(u64 field, struct tdx_page_array **array)
{
	struct tdx_page_array *taken;
	u64 pages;
	const u64 status = tdx_tdh_sys_rd(field, &pages);

	if (status)
		return tdx_status_to_errno(status);
	taken = tdx_page_array_create(pages);
	if (IS_ERR(taken))
		return PTR_ERR(taken);
	*array = taken;
	return 0;
}

static int take_page(struct page **page)
{
	*page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return *page ? 0 : -ENOMEM;
}

int link_create_session(struct link *link, u64 function)
{
	int error = take_page(&link->config);

	error = error ?: take_page(&link->request);
	error = error ?: take_page(&link->response);
	error = error ?: take_array(SPDM_MAX_DEV_INFO_PAGES, &link->info);
	error = error ?: take_array(SPDM_MT_PAGE_COUNT, &link->metadata);
	if (error)
		return error;
	*(u64 *)page_address(link->config) = CONFIGURATION;
	return tdx_status_to_errno(tdx_tdh_spdm_create(function, link->metadata, &link->session));
}

/* A leaf that exchanges messages with the device. */
typedef u64 leaf_fn(struct link *link, u64 operation, u64 *bytes);

static int converse(struct link *link, leaf_fn *leaf, u64 operation, u64 *bytes)
{
	u64 status;
	int error;

	for (;;) {
		status = leaf(link, operation, bytes);
		if ((status & TDX_PAGE_ARRAY_STATUS_MASK) != TDX_PAGE_ARRAY_SPDM_REQUEST)
			return tdx_status_to_errno(status);
		error = link->exchange(link, page_address(link->request), *bytes,
				       page_address(link->response));
		if (error)
			return error;
	}
}

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

int link_connect(struct link *link)
{
	const int error = converse(link, connect, 0, &link->info_bytes);

	link->connected = !error;
	return error;
}

int link_manage(struct link *link, u64 operation)
{
	u64 bytes;
	const int error = converse(link, manage, operation, &bytes);

	if (!error && operation == TDX_SPDM_MNG_RECOLLECT)
		link->info_bytes = bytes;
	return error;
}

int link_read_info(struct link *link)
{
	void *info = __vmalloc(link->info_bytes, GFP_KERNEL | __GFP_NOWARN);
	const int error = info ? tdx_page_array_read(link->info, info, link->info_bytes) : -ENOMEM;

	vfree(info);
	return error;
}

int link_create_stream(struct link *link)
{
	const struct tdx_ide_stream stream = {.info = ROOT_PORT_STREAM};
	const int error = take_array(IDE_MT_PAGE_COUNT, &link->stream_mt);
	u64 rp_ide_id;

	if (error)
		return error;
	return tdx_status_to_errno(tdx_tdh_ide_stream_create(
		link->session, &stream, link->stream_mt, &link->stream, &rp_ide_id));
}

int link_manage_keys(struct link *link, u64 operation)
{
	u64 bytes;
	const int error = converse(link, manage_keys, operation, &bytes);

	if (!error)
		link->has_keys = operation != TDX_IDE_KM_STOP;
	return error;
}

/* The stream is deleted even if stopping its keys fails. */
static int delete_stream(struct link *link)
{
	u64 status, blocked;
	int error = 0;

	if (!link->stream)
		return 0;
	if (link->has_keys)
		error = link_manage_keys(link, TDX_IDE_KM_STOP);
	blocked = tdx_tdh_ide_stream_block(link->session, link->stream);
	status = tdx_tdh_ide_stream_delete(link->session, link->stream, link->stream_mt);
	if (!status)
		link->stream = 0;
	return error ?: tdx_status_to_errno(status) ?: tdx_status_to_errno(blocked);
}

static int delete_session(struct link *link)
{
	u64 status, bytes;
	int error = 0;

	if (!link->session)
		return 0;
	if (link->connected)
		error = converse(link, disconnect, 0, &bytes);
	if (!error)
		link->connected = false;
	status = tdx_tdh_spdm_delete(link->session, link->metadata);
	if (!status)
		link->session = 0;
	return error ?: tdx_status_to_errno(status);
}

int link_delete(struct link *link)
{
	const int stream = delete_stream(link);
	const int session = delete_session(link);

	return stream ?: session;
}

static void free_page_of(struct page **page)
{
	if (*page)
		__free_page(*page);
	*page = NULL;
}

void link_free(struct link *link)
{
	free_page_of(&link->config);
	free_page_of(&link->request);
	free_page_of(&link->response);
}
