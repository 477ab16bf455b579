/* SPDX-License-Identifier: GPL-2.0 */
/* The end of an array, by what its record asks for. */
#pragma once

#include "make_safe.hpp"
#include "page_array.hpp"

namespace tdx {

/* Where the pages of an ended array went. Those kept and in quarantine are in the ledger already. */
struct Outcome {
	u32 given_back = 0;
	u32 kept = 0;
	u32 quarantined = 0;
};

/* Gives all pages of an array back, which are safe as they are. */
inline void free_safe(PageArray &array)
{
	const u32 pages = array.pages();

	array.give_pages_back();
	tdx_shim_trace_array_end(array.id(), pages, 0, 0);
}

/* The same for an array of one block. */
inline void free_safe_block(PageArray &array)
{
	const u32 pages = array.pages();

	array.give_block_back();
	tdx_shim_trace_array_end(array.id(), pages, 0, 0);
}

/*
 * Takes every page back that can come back. Fails with kBusy, changing nothing, while the module
 * owns pages that it does not give up: of an object that was not deleted, or of a TD that lives. It
 * stops at nothing else: a page that cannot be made safe goes to the quarantine alone.
 */
Result<Outcome> try_release(PageArray &array);

/* The usual end of small arrays: one block, all of it handed over, that has to be written back. */
inline bool is_block_to_flush(const PageArray &array)
{
	return array.extents().is_one_block() && array.custody().comes_back_flushed(array.pages());
}

/* What is left to do of such an array, of which @safe was found out, when that is not all. */
Outcome release_the_rest(PageArray &array, SafePages safe);

/* Ends an array whose pages the module keeps. */
Outcome leak(PageArray &array);

} // namespace tdx
