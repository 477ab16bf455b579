/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaves that talk to a device: the host carries each message there and the answer back, and calls
 * again with the same inputs.
 */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/* Where messages lie, one page each way: plain shared memory of the caller. */
struct Mailbox {
	Pfn response; /* from the device, for the module to read */
	Pfn request;  /* to the device, written by the module */
};

/*
 * How a call ended. @bytes means something for two statuses: kSpdmRequest, length of the message in
 * the request page; success, length of what was written to the output buffer.
 */
struct MessageAnswer {
	CompletionStatus status;
	u64 bytes = 0;
};

inline MessageAnswer refuse_message(Errno reason)
{
	return {CompletionStatus::refused(reason)};
}

/*
 * Takes the length out of the last answer of @leaf, whose output buffer has @output_bytes. A length
 * beyond the page or the buffer is a bug of the module: no output is used then, and the status says
 * kIo.
 */
MessageAnswer message_answer(Leaf leaf, const Answer &last, u64 output_bytes);

} // namespace tdx
