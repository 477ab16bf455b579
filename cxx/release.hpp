/* SPDX-License-Identifier: GPL-2.0 */
/* The end of an array: every page finds its place, by what custody says of it. */
#pragma once

#include "page_array.hpp"

namespace tdx {

/* Where the pages of an ended array went. */
struct Outcome {
	u64 freed = 0;
	u64 kept = 0;
	u64 quarantined = 0;
};

/*
 * Takes the pages out of @array and ends them as @ending says. It stops at nothing: a page that
 * cannot be made safe goes to the quarantine alone.
 */
Outcome end(PageArray &array, Ending ending);

} // namespace tdx
