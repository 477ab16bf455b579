/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a driver wants of the TDX module, as objects that take their pages, use the wrappers of
 * tdx_page_array_seamcalls.h in the right order, and give everything back: extensions, SPDM sessions,
 * IDE streams.
 *
 * Everything here needs process context and may sleep. An object is used by one caller at a time: a
 * call that finds it in use elsewhere refuses with -EBUSY. Handles that are NULL or an ERR_PTR get
 * -EINVAL, those of objects that have ended -EBADF.
 */
#ifndef TDX_PAGE_ARRAY_OBJECTS_H
#define TDX_PAGE_ARRAY_OBJECTS_H

#include "tdx_page_array.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tdx_spdm_session;
struct tdx_stream;

/**
 * tdx_extensions_start() - give the TDX module the memory that its extensions want, and start them
 *
 * Reads from the metadata whether extensions have to be started and how many pages they want, takes
 * the pages, adds them window by window (TDH.EXT.MEM.ADD) and starts the extensions (TDH.EXT.INIT).
 * The pages are the module's until reboot. When a step fails, the module keeps what it was given by
 * then, and the rest is freed.
 *
 * Return: 0 when the extensions run, or when none have to be started; -EOPNOTSUPP when the module
 * has none; -ENOMEM; -EUCLEAN when pages are in quarantine besides; otherwise the errno of the
 * SEAMCALL that failed.
 */
int tdx_extensions_start(void);

/**
 * struct tdx_spdm_transport - how messages reach a device
 * @exchange: carries one message to the device and its answer back (a DOE exchange). @request has
 *   @request_bytes, DOE header included; the answer goes to @response, which has room for 4096
 *   bytes. Returns 0, or a negative errno, which ends the operation that needed the message. May
 *   sleep; the session is in use meanwhile
 * @context: handed to @exchange
 */
struct tdx_spdm_transport {
	int (*exchange)(void *context, const void *request, size_t request_bytes, void *response);
	void *context;
};

/**
 * tdx_spdm_session_open() - make an SPDM session with a device
 * @func_id: the device's function, as in tdx_tdh_spdm_create()
 * @transport: copied; what it points to has to live as long as the session and its streams
 *
 * Takes as many pages as the module's metadata says and gives them to the module
 * (TDH.SPDM.CREATE). Nothing is sent to the device yet.
 *
 * Return: the session, owned by the caller until tdx_spdm_session_close(); or an ERR_PTR: -EINVAL
 * when @transport is NULL or has no @exchange, or the metadata says 0 pages, -EOPNOTSUPP without
 * TDX Connect, -ENOMEM, -ENODEV when this kernel module is being unloaded, or the errno of the
 * SEAMCALL that failed.
 */
struct tdx_spdm_session *tdx_spdm_session_open(u64 func_id,
					       const struct tdx_spdm_transport *transport);

/**
 * tdx_spdm_session_id() - the TDX module's ID of the session
 * @session: an open session
 * @spdm_id: its number
 *
 * Return: 0, or an errno as said at the top; -EINVAL also when @spdm_id is NULL.
 */
int tdx_spdm_session_id(struct tdx_spdm_session *session, u64 *spdm_id);

/**
 * struct tdx_spdm_config - configuration of a session
 * @capabilities: heartbeat in bit 13, key update in bit 14
 * @policy: policy of the session
 * @certificate_slots: slots of the device to be tried, one bit each
 * @raw_bitstream: 1 when measurements are wanted raw
 */
struct tdx_spdm_config {
	u32 capabilities;
	u8 policy;
	u8 certificate_slots;
	u8 raw_bitstream;
};

/**
 * tdx_spdm_session_connect() - set a session up with its device
 * @session: an open session
 * @config: configuration of the session
 *
 * Carries messages until the module is content (TDH.SPDM.CONNECT), and updates the keys when it asks
 * for that. Afterwards the device's information can be read.
 *
 * Return: 0; -EINVAL when @config is NULL; -EBUSY when the session is connected; an errno of
 * @exchange; -EIO when the module wants messages without end; or the errno of the SEAMCALL that
 * failed. It may be tried again.
 */
int tdx_spdm_session_connect(struct tdx_spdm_session *session,
			     const struct tdx_spdm_config *config);

/**
 * tdx_spdm_session_manage() - look after a connected session
 * @session: a connected session
 * @operation: TDX_SPDM_MNG_HEARTBEAT, TDX_SPDM_MNG_KEY_UPDATE or TDX_SPDM_MNG_RECOLLECT
 *
 * Return: 0; -ENOTCONN when the session is not connected; otherwise as tdx_spdm_session_connect().
 */
int tdx_spdm_session_manage(struct tdx_spdm_session *session, u64 operation);

/**
 * tdx_spdm_session_read_device_info() - what the device told about itself
 * @session: a connected session
 * @to: where to; NULL only asks for the length
 * @room: how many bytes there is room for
 *
 * Return: the length in bytes, 0 after a TDX_SPDM_MNG_RECOLLECT that failed; -EINVAL when @room is
 * less; -ENOTCONN when the session is not connected; or an errno as said at the top.
 */
long tdx_spdm_session_read_device_info(struct tdx_spdm_session *session, void *to, size_t room);

/**
 * tdx_spdm_session_close() - end a session
 * @session: an open session; it is gone afterwards unless -EBUSY is returned
 *
 * Disconnects a connected one, deletes it (TDH.SPDM.DELETE) and takes the pages back. When the
 * device does not answer any more, the session is deleted all the same if the module agrees;
 * otherwise its pages go to the quarantine.
 *
 * Return: 0; -EBUSY when it has open streams, the module or the device (@exchange says so) is busy,
 * or another caller is using it: nothing is lost and it can be tried again; -EUCLEAN when pages are
 * in quarantine now; or an errno as said at the top.
 */
int tdx_spdm_session_close(struct tdx_spdm_session *session);

/**
 * tdx_stream_open() - make an IDE stream of a session
 * @session: an open session; it cannot be closed before the stream
 * @config: what the stream is to be
 * @rp_ide_id: the root port's number of the stream
 *
 * Return: the stream, owned by the caller until tdx_stream_close(); or an ERR_PTR as
 * tdx_spdm_session_open(), -EINVAL when an argument is NULL.
 */
struct tdx_stream *tdx_stream_open(struct tdx_spdm_session *session,
				   const struct tdx_ide_stream *config, u64 *rp_ide_id);

/**
 * tdx_stream_manage_keys() - set up, refresh or stop the keys of a stream
 * @stream: an open stream
 * @operation: TDX_IDE_KM_SETUP, TDX_IDE_KM_REFRESH or TDX_IDE_KM_STOP
 *
 * Carries messages to the session's device (TDH.IDE.STREAM.KM).
 *
 * Return: 0, or an errno as tdx_spdm_session_connect(); -EBUSY also while the session is in use.
 */
int tdx_stream_manage_keys(struct tdx_stream *stream, u64 operation);

/**
 * tdx_stream_close() - end a stream
 * @stream: an open stream; it is gone afterwards unless -EBUSY is returned
 *
 * Stops its keys if they were set up, blocks the stream, deletes it (TDH.IDE.STREAM.BLOCK and
 * DELETE) and takes the pages back. Keys that cannot be stopped, because the device does not answer
 * any more, do not hold it up.
 *
 * Return: as tdx_spdm_session_close(); -EBUSY also while the session is in use.
 */
int tdx_stream_close(struct tdx_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
