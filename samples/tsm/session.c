// SPDX-License-Identifier: GPL-2.0
/*
 * SPDM sessions: metadata pages for the TDX module, shared pages for messages, and the calls from
 * CREATE and CONNECT to DISCONNECT and DELETE.
 */
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include "tsm.h"

/* The metadata field that says how many pages a session needs. */
#define SPDM_MT_PAGE_COUNT	0x3000000100000002ULL
#define SPDM_MAX_DEV_INFO_PAGES 0x3000000100000007ULL

/* The configuration of a session as the TDX module reads it, from the beginning of a page. */
struct spdm_conf {
	u32 capabilities;
	u8 policy;
	u8 certificate_slot_mask;
	u8 raw_bitstream;
} __packed;

#define SPDM_CAPABILITY_HEARTBEAT  BIT(13)
#define SPDM_CAPABILITY_KEY_UPDATE BIT(14)

static u64 connect_session(struct tsm_device *tsm, u64 unused, u64 *bytes)
{
	struct tsm_session *session = &tsm->session;

	return tdx_tdh_spdm_connect(session->id, virt_to_page(session->config),
				    virt_to_page(session->response), virt_to_page(session->request),
				    session->device_info, bytes);
}

static u64 disconnect_session(struct tsm_device *tsm, u64 unused, u64 *bytes)
{
	struct tsm_session *session = &tsm->session;

	return tdx_tdh_spdm_disconnect(session->id, virt_to_page(session->response),
				       virt_to_page(session->request), bytes);
}

u64 tsm_manage_session(struct tsm_device *tsm, u64 operation, u64 *bytes)
{
	struct tsm_session *session = &tsm->session;

	return tdx_tdh_spdm_mng(session->id, operation, NULL, virt_to_page(session->response),
				virt_to_page(session->request), NULL, bytes);
}

/*
 * The device information is larger than a page and scattered over the pages of its array. debugfs
 * needs it at contiguous addresses, so the array is mapped as long as the session exists. The TDX module
 * may write to a mapped array.
 */
static int map_device_info(struct tsm_session *session)
{
	void *address = tdx_page_array_map(session->device_info);

	if (IS_ERR(address))
		return PTR_ERR(address);
	session->device_info_map = address;
	return 0;
}

/* All of the device information in one file, for a user or a program that verifies the device. */
static void show_device_info(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;

	session->blob.data = session->device_info_map;
	session->blob.size = session->device_info_bytes;
	session->file = debugfs_create_blob(dev_name(tsm->dev), 0400, tsm_debugfs, &session->blob);
}

/* Waits for readers of the file. */
static void hide_device_info(struct tsm_session *session)
{
	debugfs_remove(session->file);
	session->file = NULL;
}

/* Pages that are shared with the TDX module are never private: they need no write-back before they are freed. */
static void free_buffers(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;

	hide_device_info(session);
	/* A mapped array cannot be released. */
	if (session->device_info_map)
		tdx_page_array_unmap(session->device_info);
	tsm_array_release(tsm, &session->device_info);
	free_page((unsigned long)session->response);
	free_page((unsigned long)session->request);
	free_page((unsigned long)session->config);
	*session = (struct tsm_session){};
}

static int take_buffers(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	struct spdm_conf *conf;

	session->config = (void *)get_zeroed_page(GFP_KERNEL);
	session->request = (void *)get_zeroed_page(GFP_KERNEL);
	session->response = (void *)get_zeroed_page(GFP_KERNEL);
	if (!session->config || !session->request || !session->response)
		return -ENOMEM;
	conf = session->config;
	conf->capabilities = SPDM_CAPABILITY_HEARTBEAT | SPDM_CAPABILITY_KEY_UPDATE;
	conf->certificate_slot_mask = BIT(0);
	return tsm_array_create(tsm, SPDM_MAX_DEV_INFO_PAGES, &session->device_info)
		       ?: map_device_info(session);
}

static int create_session(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	u64 status;
	int error;

	error = take_buffers(tsm);
	if (error)
		goto no_buffers;
	error = tsm_array_create(tsm, SPDM_MT_PAGE_COUNT, &session->metadata);
	if (error)
		goto no_buffers;
	status = tdx_tdh_spdm_create(tsm->data->func_id, session->metadata, &session->id);
	if (status) {
		error = tdx_status_to_errno(status);
		goto no_session;
	}
	return 0;

no_session:
	/* Refused, or in doubt: release handles both. */
	if (tsm_array_release(tsm, &session->metadata))
		tsm_array_leak(tsm, &session->metadata);
no_buffers:
	free_buffers(tsm);
	return error;
}

/* A device that is gone counts as disconnected. */
static int disconnect(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	u64 bytes;
	int error;

	if (!session->begun)
		return 0;
	error = tsm_converse(tsm, disconnect_session, 0, &bytes);
	if (!error || error == -ENODEV)
		session->begun = false;
	return error;
}

/* The TDX module may refuse to delete a session whose CONNECT has begun. */
static int delete_session(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	u64 status = 0;
	int error;

	if (!session->deleted) {
		disconnect(tsm);
		status = tdx_tdh_spdm_delete(session->id, session->metadata);
		if (status && session->begun) {
			disconnect(tsm);
			status = tdx_tdh_spdm_delete(session->id, session->metadata);
		}
	}
	session->deleted = !status;
	error = tsm_array_release(tsm, &session->metadata);
	/* The session is still there, or its pages are: this has to be done again. */
	if (error)
		return status ? tdx_status_to_errno(status) : error;
	free_buffers(tsm);
	return 0;
}

int tsm_session_open(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	int error;

	lockdep_assert_held(&tsm->lock);
	if (session->connected)
		return 0;
	if (session->deleted) {
		error = delete_session(tsm);
		if (error)
			return error;
	}
	/* A session that could be neither connected nor deleted the last time is connected now. */
	if (!session->metadata) {
		error = create_session(tsm);
		if (error)
			return error;
	}
	session->begun = true;
	error = tsm_converse(tsm, connect_session, 0, &session->device_info_bytes);
	if (error) {
		delete_session(tsm);
		return error;
	}
	session->connected = true;
	show_device_info(tsm);
	return 0;
}

int tsm_session_heartbeat(struct tsm_device *tsm)
{
	u64 bytes;

	if (!tsm->session.connected)
		return -ENOTCONN;
	return tsm_converse(tsm, tsm_manage_session, TDX_SPDM_MNG_HEARTBEAT, &bytes);
}

static u64 recollect_device_info(struct tsm_device *tsm, u64 operation, u64 *bytes)
{
	struct tsm_session *session = &tsm->session;

	return tdx_tdh_spdm_mng(session->id, operation, NULL, virt_to_page(session->response),
				virt_to_page(session->request), session->device_info, bytes);
}

/* From the first call on the information may be partly overwritten: it is hidden until it is complete. */
int tsm_session_recollect(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	u64 bytes;
	int error;

	if (!session->connected)
		return -ENOTCONN;
	hide_device_info(session);
	session->device_info_bytes = 0;
	error = tsm_converse(tsm, recollect_device_info, TDX_SPDM_MNG_RECOLLECT, &bytes);
	if (error)
		return error;
	session->device_info_bytes = bytes;
	show_device_info(tsm);
	return 0;
}

/* Returns how many bytes were copied, at most @room. */
int tsm_session_read_device_info(struct tsm_device *tsm, void *to, size_t room)
{
	struct tsm_session *session = &tsm->session;
	const int bytes = min_t(u64, room, session->device_info_bytes);
	int error;

	lockdep_assert_held(&tsm->lock);
	if (!session->connected)
		return -ENOTCONN;
	error = tdx_page_array_read(session->device_info, to, bytes);
	return error ?: bytes;
}

int tsm_session_close(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;
	int error;

	lockdep_assert_held(&tsm->lock);
	if (!session->metadata)
		return 0;
	if (tsm->stream.metadata)
		return -EBUSY;
	if (session->connected) {
		error = disconnect(tsm);
		if (error)
			return error;
		session->connected = false;
		hide_device_info(session);
	}
	return delete_session(tsm);
}

void tsm_session_abandon(struct tsm_device *tsm)
{
	struct tsm_session *session = &tsm->session;

	if (!tsm_insist(tsm, tsm_session_close))
		return;
	/* The device does not answer any more. The TDX module may let go of the session all the same. */
	if (!tsm_insist(tsm, delete_session))
		return;
	tsm_array_leak(tsm, &session->metadata);
	free_buffers(tsm);
}
