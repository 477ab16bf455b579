/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.QUOTE.*: quotes of a TD, made by the module's Quoting extension. */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/* TDH.QUOTE.INIT, leaf 100: afterwards the metadata says how large a quote gets. */
Answered<void> tdh_quote_init();

/* What goes into a quote: one page of the caller, of which @bytes are meant. */
struct QuoteInput {
	Pfn page;
	u32 bytes;
};

/*
 * TDH.QUOTE.GET, leaf 98: writes a quote of the TD with TDR page @tdr to @output, an array of any
 * size. Returns the quote's length. Refused with kBusy when @output is not plain memory of the
 * host, with kNoMemory when there is none for its list; with kIo when the module reports more bytes
 * than the array has.
 */
Answered<u64> tdh_quote_get(Pfn tdr, u32 quote_id, QuoteInput input, PageArray &output);

} // namespace tdx
