/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.IDE.STREAM.*: encrypted links of a session, whose metadata lives in pages of the host. */
#pragma once

#include "message.hpp"
#include "page_array.hpp"
#include "seamcall.hpp"
#include "tdx_page_array.h"

namespace tdx {

/* How the module and the root port call a new stream. */
struct IdeStreamIds {
	u64 stream_id;
	u64 rp_ide_id;
};

/*
 * TDH.IDE.STREAM.CREATE, leaf 132: makes a stream of session @spdm_id out of the whole array, which
 * is the module's on success. Refused with kTooBig, or with kBusy when the array is not the host's.
 */
Answered<IdeStreamIds> tdh_ide_stream_create(u64 spdm_id, const tdx_ide_stream &stream,
					     PageArray &array);

/* TDH.IDE.STREAM.BLOCK, leaf 133: the stream carries nothing any more and can be deleted. */
Answered<void> tdh_ide_stream_block(u64 spdm_id, u64 stream_id);

/*
 * TDH.IDE.STREAM.DELETE, leaf 134: ends a blocked stream, whose metadata is @array, and checks the
 * list of pages that come back. Refused with kInvalid when the array is not the metadata of that
 * stream.
 */
Answered<void> tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, PageArray &array);

/*
 * TDH.IDE.STREAM.KM, leaf 135: manages the stream's keys, by messages to the device that the host
 * carries.
 */
MessageAnswer tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, const Mailbox &mailbox);

} // namespace tdx
