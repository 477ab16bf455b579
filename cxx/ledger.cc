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

tdx_page_array_counters snapshot()
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);
	tdx_page_array_counters now = counters;

	now.seamcalls = __atomic_load_n(&seamcalls, __ATOMIC_RELAXED);
	return now;
}

} // namespace tdx::ledger
