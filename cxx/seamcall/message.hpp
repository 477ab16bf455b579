/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaves that write to plain memory of the host: device information, quotes, and messages, which the host carries to a device
 * before it calls again with the same inputs.
 */
#pragma once

#include "array/page_array.hpp"
#include "seamcall/seamcall.hpp"

namespace tdx {

/*
 * Issues a leaf that talks to a device. The word for @output, which may be nullptr, goes to @where. @bytes is written on two
 * outcomes: on success the length of the output; on SPDM_REQUEST, which is returned as a failure, the length of the message.
 * Fails with kBusy when @output is not plain memory of the host, with kTooBig or kInvalid when one list page cannot describe
 * it, with kIo when the module reports a length that is impossible.
 */
Result<void> exchange(Leaf leaf, Registers in, u64 *bytes, PageArray *output = nullptr,
		      Register where = nullptr);

/* TDH.QUOTE.GET: returns the length of the quote in @output, an array of any size. The list of its pages is not in @in yet. */
Result<u64> get_quote(Registers in, PageArray &output);

} // namespace tdx
