// SPDX-License-Identifier: GPL-2.0
#include "ledger.hpp"

#include "lock.hpp"

namespace tdx::ledger {

namespace {

/* Under the lock: pages move between the quarantine and elsewhere, and are in one place all the time. */
constinit u64 kept, quarantined;

u64 read(const u64 &counter)
{
	return __atomic_load_n(&counter, __ATOMIC_RELAXED);
}

} // namespace

void keep(u64 pages)
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);

	kept += pages;
}

void quarantine()
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);

	quarantined++;
}

void free_quarantined()
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);

	quarantined--;
	free(1);
}

tdx_page_array_counters snapshot()
{
	LockGuard lock(TDX_SHIM_LOCK_LEDGER);
	tdx_page_array_counters now{};

	/* What was taken is read last: a page that is freed was taken before. */
	now.freed = read(freed);
	now.kept = kept;
	now.quarantined = quarantined;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	now.taken = read(taken);
	now.in_arrays = now.taken - now.freed - now.kept - now.quarantined;
	now.seamcalls = read(seamcalls);
	return now;
}

} // namespace tdx::ledger
