/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: every page that arrays ever took is in an array, freed, kept by the TDX module, or in
 * quarantine. What is in an array is what was taken and is nowhere else, so the sum is right whenever
 * somebody looks. List pages do not count: they are plain shared memory that no hand-over ever gives
 * away.
 */
#pragma once

#include "tdx_page_array.h"
#include "types.hpp"

namespace tdx::ledger {

/* How many pages were taken and freed, and how many SEAMCALLs were issued, each by itself. */
inline constinit u64 taken, freed, seamcalls;

inline void add(u64 &counter, u64 more)
{
	__atomic_fetch_add(&counter, more, __ATOMIC_RELAXED);
}

/* @pages came from the page allocator, or from a caller, and are in an array now. */
inline void take(u64 pages)
{
	add(taken, pages);
}

/* Pages of an array that were freed, or given back to the caller. */
inline void free(u64 pages)
{
	add(freed, pages);
}

/* Pages of an array that the module keeps. */
void keep(u64 pages);

/* One page of an array that goes to the quarantine, and one that leaves it to be freed. */
void quarantine();
void free_quarantined();

/* One more SEAMCALL. */
inline void count_seamcall()
{
	add(seamcalls, 1);
}

tdx_page_array_counters snapshot();

} // namespace tdx::ledger
