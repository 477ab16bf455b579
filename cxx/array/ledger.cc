// SPDX-License-Identifier: GPL-2.0
#include "array/ledger.hpp"

namespace tdx::ledger {

namespace {

/* Both under the lock. */
constinit LiveLink arrays{&arrays, &arrays};
constinit tdx_page_array_counters counters{};

constinit std::array<std::atomic<u64>, TDX_SHIM_MAX_NODES> kept_on_node{};

void insert_before(LiveLink &place, LiveLink &link)
{
	link.next = &place;
	link.previous = place.previous;
	place.previous->next = &link;
	place.previous = &link;
}

void remove(LiveLink &link)
{
	link.previous->next = link.next;
	link.next->previous = link.previous;
}

} // namespace

void begin(PageArray &array)
{
	const ArrayInfo &info = array.info();

	tdx_shim_trace_array_create(info.id, info.pages, info.blocks, info.lowest_node);
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	array.is_array = true;
	insert_before(arrays, array);
	counters.taken += array.pages();
	counters.in_arrays += array.pages();
}

void quarantine_page()
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	counters.in_arrays--;
	counters.quarantined++;
}

void end(PageArray &array, const Outcome &outcome)
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	remove(array);
	counters.in_arrays -= outcome.freed + outcome.kept;
	counters.freed += outcome.freed;
	counters.kept += outcome.kept;
}

void free_quarantined()
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	counters.quarantined--;
	counters.freed++;
}

void keep_on(s32 node)
{
	kept_on_node[node].fetch_add(1, std::memory_order_relaxed);
}

u64 kept_on(u32 node)
{
	return kept_on_node[node].load(std::memory_order_relaxed);
}

tdx_page_array_counters snapshot()
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);
	tdx_page_array_counters now = counters;

	now.seamcalls = tdx_shim_seamcalls();
	return now;
}

Viewer::Viewer()
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	insert_before(*arrays.next, place_);
}

Viewer::~Viewer()
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	remove(place_);
}

std::optional<Snapshot> Viewer::next()
{
	const LockGuard lock(TDX_SHIM_LOCK_ARRAYS);

	for (LiveLink *link = place_.next; link != &arrays; link = link->next) {
		if (!link->is_array)
			continue;
		remove(place_);
		insert_before(*link->next, place_);
		return as_derived<PageArray>(link)->snapshot();
	}
	return {};
}

} // namespace tdx::ledger
