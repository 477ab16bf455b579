/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: every page that arrays ever took is in an array, freed, kept by the TDX module, or in
 * quarantine. Pages move between these places under one lock, so the sum is right whenever somebody
 * looks. List pages do not count: they are plain shared memory that no hand-over ever gives away.
 */
#pragma once

#include "tdx_page_array.h"
#include "types.hpp"

namespace tdx::ledger {

enum class Place : u8 {
	kArray,
	kFreed,
	kKept,
	kQuarantine
};

/* @pages came from the page allocator and are in an array now. */
void take(u64 pages);

void move(Place from, Place to, u64 pages);

/* Not under the lock: hundreds of thousands of them go by, and no sum depends on it. */
inline constinit u64 seamcalls = 0;

/* One more SEAMCALL was issued. */
inline void count_seamcall()
{
	__atomic_fetch_add(&seamcalls, 1, __ATOMIC_RELAXED);
}

tdx_page_array_counters snapshot();

} // namespace tdx::ledger
