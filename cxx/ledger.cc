// SPDX-License-Identifier: GPL-2.0
#include "ledger.hpp"

#include "lock.hpp"

namespace tdx::ledger {

namespace {

constinit tdx_page_array_counters counters{};

u64 &at(Place place)
{
	switch (place) {
	case Place::kArray:
		return counters.in_arrays;
	case Place::kFreed:
		return counters.freed;
	case Place::kKept:
		return counters.kept;
	case Place::kQuarantine:
		break;
	}
	return counters.quarantined;
}

} // namespace

void take(u64 pages)
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);

	counters.taken += pages;
	counters.in_arrays += pages;
}

void move(Place from, Place to, u64 pages)
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);

	at(from) -= pages;
	at(to) += pages;
}

void count_seamcall()
{
	/* Not under the lock: hundreds of thousands of them go by, and no sum depends on it. */
	__atomic_fetch_add(&counters.seamcalls, 1, __ATOMIC_RELAXED);
}

tdx_page_array_counters snapshot()
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);

	return counters;
}

} // namespace tdx::ledger
