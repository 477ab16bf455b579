// SPDX-License-Identifier: GPL-2.0
#include "release/quarantine.hpp"

#include "array/ledger.hpp"
#include "base/lock.hpp"
#include "release/make_safe.hpp"

namespace tdx::quarantine {

namespace {

struct Record {
	Case why;
	Owner<Record, tdx_shim_alloc_record> next;
};
using RecordOwner = Owner<Record, tdx_shim_alloc_record>;

/*
 * Under the lock. The first one owns all others; who works with them is its Owner for so long, because a global variable of
 * a kernel module has no destructor.
 */
constinit Record *records;
constinit u32 count;

/* Asks once about every page. Returns how many were freed. */
u64 retry_each()
{
	RecordOwner first(std::exchange(records, nullptr));
	u64 freed = 0;

	for (RecordOwner *link = &first; *link;) {
		Case &why = (*link)->why;
		bool reclaimed = false;
		const Cause left = make_safe(
			why.page, {Fate::kAsk, why.hkid, row_of(why.handed_over_by).way_back},
			reclaimed);
		if (left.reason != Reason::kNone) {
			why.last_retry = left;
			why.retries++;
			tdx_shim_debug("quarantine: page %#llx stays: %s (%s: %s, %#llx)",
				       why.page.hpa().value(), name_of(left.reason),
				       name_of(left.leaf), name_of(left.status), left.status.raw());
			link = &(*link)->next;
			continue;
		}
		switch (why.owner) {
		case PageOrigin::kAllocator:
			tdx_shim_free_block(why.page.value(), 0);
			break;
		case PageOrigin::kCaller:
			tdx_shim_drop_page(why.page.value());
			break;
		}
		ledger::free_quarantined();
		tdx_shim_trace_quarantine_leave(why.page.value(), why.array);
		*link = std::move((*link)->next);
		count--;
		freed++;
	}
	records = first.release();
	return freed;
}

} // namespace

void add(const Case &why)
{
	if (why.owner == PageOrigin::kCaller)
		tdx_shim_hold_page(why.page.value());
	auto record = *RecordOwner::try_make(why);
	const tdx_shim_quarantine_entry entry{.pfn = why.page.value(),
					      .array = why.array,
					      .reason = name_of(why.cause.reason),
					      .handed_over_by = row_of(why.handed_over_by).number,
					      .leaf = row_of(why.cause.leaf).number,
					      .status = why.cause.status.raw()};
	tdx_shim_trace_quarantine_enter(&entry);

	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);
	record->next = RecordOwner(records);
	records = record.release();
	count++;
}

/* Nothing is allocated under the lock, and what comes out is the quarantine at one moment. */
Result<Buffer<Case>> look()
{
	for (u32 room = 0;;) {
		room += room / 8 + 16;
		auto cases = TRY(Buffer<Case>::try_make(room));
		const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);
		if (count > room) {
			room = count;
			continue;
		}
		auto place = cases.values().begin();
		for (const Record *record = records; record; record = record->next.get())
			*place++ = record->why;
		cases.shrink(count);
		std::ranges::sort(cases.values(), {},
				  [](const Case &why) { return why.page.value(); });
		return cases;
	}
}

u64 retry()
{
	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);
	u64 freed = 0;

	/* A TDR comes back only after the other pages of its TD, wherever they stand. */
	while (const u64 more = retry_each())
		freed += more;
	return freed;
}

void abandon()
{
	const tdx_page_array_counters counters = ledger::snapshot();

	if (counters.kept || counters.quarantined)
		tdx_shim_info("unloading: %llu pages kept by the TDX module and %llu pages in "
			      "quarantine stay allocated until reboot",
			      counters.kept, counters.quarantined);
	/* One after the other, because a record owns the next one. */
	RecordOwner first(std::exchange(records, nullptr));
	while (first)
		first = std::move(first->next);
}

} // namespace tdx::quarantine
