/* SPDX-License-Identifier: GPL-2.0 */
/* The beginning of an array. */
#pragma once

#include "array/ledger.hpp"

namespace tdx {

/*
 * An array of @pages pages that @take takes into the holder which it is given; it stands in the ledger then. When that fails
 * a line for @caller has said why.
 */
template <class Take>
Result<ArrayOwner> create(const char *caller, u64 pages, Layout layout, Take take)
{
	/* Asking for the impossible would first drive everything else out of memory. */
	if (pages > tdx_shim_total_pages())
		return REFUSE(caller, Errno::kNoMemory,
			      "%llu pages requested, but this machine has %llu", pages,
			      tdx_shim_total_pages());

	auto array = ArrayOwner::try_make(layout);
	const auto filled = array ? (*array)->try_fill(take) : Result<void>(Failure(array.error()));
	if (filled) {
		ledger::begin(**array);
		return array;
	}
	if (filled.error() == CompletionStatus::refused(Errno::kNoMemory))
		tdx_shim_error("%s: no memory for %llu pages", caller, pages);
	return Failure(filled.error());
}

/* Single pages from anywhere, in the largest blocks that there are. */
inline Result<ArrayOwner> create(const char *caller, u32 pages)
{
	return create(caller, pages, Layout{},
		      [=](PageBlocks &blocks) { return blocks.try_take(pages, {}); });
}

} // namespace tdx
