// SPDX-License-Identifier: GPL-2.0
/* IDE streams: metadata pages for the TDX module, and keys that it sets up with the device. */
#include <linux/device.h>
#include <linux/mm.h>

#include "tsm.h"

/* The metadata field that says how many pages a stream needs. */
#define IDE_MT_PAGE_COUNT 0x3000000100000001ULL

static u64 manage_keys(struct tsm_device *tsm, u64 operation, u64 *bytes)
{
	struct tsm_session *session = &tsm->session;

	return tdx_tdh_ide_stream_km(session->id, tsm->stream.id, operation,
				     virt_to_page(session->response),
				     virt_to_page(session->request), bytes);
}

static int create_stream(struct tsm_device *tsm)
{
	struct tsm_stream *stream = &tsm->stream;
	u64 status;
	int error;

	error = tsm_array_create(tsm, IDE_MT_PAGE_COUNT, &stream->metadata);
	if (error)
		return error;
	status = tdx_tdh_ide_stream_create(tsm->session.id, &tsm->data->stream, stream->metadata,
					   &stream->id, &stream->rp_ide_id);
	if (status && tsm_array_release(tsm, &stream->metadata))
		tsm_array_leak(tsm, &stream->metadata);
	return tdx_status_to_errno(status);
}

/* Deletes a stream without keys, or one whose device does not answer any more. */
static int delete_stream(struct tsm_device *tsm)
{
	struct tsm_stream *stream = &tsm->stream;
	const u64 spdm_id = tsm->session.id;
	u64 status = 0;
	int error;

	if (!stream->deleted) {
		/* The result is ignored: the stream may be blocked already, and if it is not, DELETE fails. */
		tdx_tdh_ide_stream_block(spdm_id, stream->id);
		status = tdx_tdh_ide_stream_delete(spdm_id, stream->id, stream->metadata);
	}
	stream->deleted = !status;
	error = tsm_array_release(tsm, &stream->metadata);
	/* The stream still exists, or the TDX module still has its pages: this has to be repeated. */
	if (error)
		return status ? tdx_status_to_errno(status) : error;
	*stream = (struct tsm_stream){};
	return 0;
}

int tsm_stream_open(struct tsm_device *tsm)
{
	struct tsm_stream *stream = &tsm->stream;
	u64 bytes;
	int error;

	lockdep_assert_held(&tsm->lock);
	if (!tsm->session.connected)
		return -ENOTCONN;
	if (stream->has_keys)
		return 0;
	if (stream->deleted) {
		error = delete_stream(tsm);
		if (error)
			return error;
	}
	/* A stream whose keys could not be set up, and which could not be deleted, gets its keys now. */
	if (!stream->metadata) {
		error = create_stream(tsm);
		if (error)
			return error;
	}
	error = tsm_converse(tsm, manage_keys, TDX_IDE_KM_SETUP, &bytes);
	if (error) {
		delete_stream(tsm);
		return error;
	}
	stream->has_keys = true;
	return 0;
}

int tsm_stream_refresh_keys(struct tsm_device *tsm)
{
	u64 bytes;

	if (!tsm->stream.has_keys)
		return -ENOTCONN;
	return tsm_converse(tsm, manage_keys, TDX_IDE_KM_REFRESH, &bytes);
}

int tsm_stream_close(struct tsm_device *tsm)
{
	struct tsm_stream *stream = &tsm->stream;
	u64 bytes;
	int error;

	lockdep_assert_held(&tsm->lock);
	if (!stream->metadata)
		return 0;
	if (stream->has_keys) {
		error = tsm_converse(tsm, manage_keys, TDX_IDE_KM_STOP, &bytes);
		if (error)
			return error;
		stream->has_keys = false;
	}
	return delete_stream(tsm);
}

void tsm_stream_abandon(struct tsm_device *tsm)
{
	struct tsm_stream *stream = &tsm->stream;

	const int error = tsm_insist(tsm, tsm_stream_close);

	if (!error)
		return;
	/* A device that is gone cannot drop its keys: the stream is deleted with its keys. */
	if (error != -EBUSY && error != -EAGAIN && !tsm_insist(tsm, delete_stream))
		return;
	tsm_array_leak(tsm, &stream->metadata);
	*stream = (struct tsm_stream){};
}
