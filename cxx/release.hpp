/* SPDX-License-Identifier: GPL-2.0 */
/* The end of an array, by what its record asks for. */
#pragma once

#include "page_array.hpp"

namespace tdx {

/* Where the pages of an ended array went. */
struct Outcome {
	u64 given_back = 0;
	u64 kept = 0;
	u64 quarantined = 0;
};

/*
 * Takes every page back that can come back. Fails with kBusy, changing nothing, while the module
 * owns pages that it does not give up: of an object that was not deleted, or of a TD that lives. It
 * stops at nothing else: a page that cannot be made safe goes to the quarantine alone.
 */
Result<Outcome> try_release(PageArray &array);

/* Ends an array whose pages the module keeps. */
Outcome leak(PageArray &array);

} // namespace tdx
