/* SPDX-License-Identifier: GPL-2.0 */
/* How an array comes to be: pages for it, and its entry in the ledger. */
#pragma once

#include "array/ledger.hpp"

namespace tdx {

/*
 * Makes an array of @pages pages, which @take takes into the PageBlocks that it is given, and enters it in the ledger. Fails
 * after a line for @caller that says why.
 */
template <class Take>
Result<ArrayOwner> create(const char *caller, u64 pages, Layout layout, Take take)
{
	/* Before such a request fails, reclaim would have taken the memory of all others. */
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
