// SPDX-License-Identifier: GPL-2.0
#include "message.hpp"

namespace tdx {

MessageAnswer message_answer(Leaf leaf, const Answer &last, u64 output_bytes)
{
	const u64 bytes = last.out.rcx;
	u64 room;

	if (last.status.is(StatusCode::kSpdmRequest))
		room = kPageSize;
	else if (last.status.is_success())
		room = output_bytes;
	else
		return {last.status};

	/* Without an output buffer the register means nothing. */
	if (!room)
		return {last.status};
	if (bytes > room) {
		tdx_shim_tdx_module_bug("%s reports %llu bytes of output, but the buffer has %llu",
					name_of(leaf), bytes, room);
		return refuse_message(Errno::kIo);
	}
	return {last.status, bytes};
}

} // namespace tdx
