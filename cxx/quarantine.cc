// SPDX-License-Identifier: GPL-2.0
#include "quarantine.hpp"

#include "collect.hpp"
#include "ledger.hpp"
#include "lock.hpp"
#include "make_safe.hpp"

namespace tdx::quarantine {

namespace {

struct Record {
	Case why;
	Record *next;
};

constinit Record *records;

} // namespace

void add(const Case &why)
{
	LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);

	records = new_record<Record>(why, records);
	if (why.owner == PageOrigin::kCaller)
		tdx_shim_hold_page(why.page.value());
	ledger::move(RegistryLock(), ledger::kArray, ledger::kQuarantine, 1);

	const tdx_shim_quarantine_entry entry{
		.pfn = why.page.value(),
		.array = why.array,
		.reason = name_of(why.cause.reason),
		.handed_over_by = std::to_underlying(why.handed_over_by),
		.leaf = std::to_underlying(why.cause.leaf),
		.status = why.cause.status.raw()};
	tdx_shim_trace_quarantine_enter(&entry);
}

namespace {

/* Asks once about every page. Returns how many were freed. */
u64 retry_each()
{
	u64 freed = 0;

	for (Record **link = &records; *link;) {
		Record *record = *link;
		const auto safe = make_safe_if_host(record->why.page, record->why.hkid,
						    record->why.way_back);
		if (!safe) {
			const Cause &left = record->why.last_retry = safe.error();
			record->why.retries++;
			tdx_shim_debug("quarantine: page %#llx stays: %s (%s: %s, %#llx)",
				       record->why.page.hpa().value(), name_of(left.reason),
				       name_of(left.leaf), name_of(left.status), left.status.raw());
			link = &record->next;
			continue;
		}
		*link = record->next;
		switch (record->why.owner) {
		case PageOrigin::kAllocator:
			tdx_shim_free_block(record->why.page.value(), 0);
			break;
		case PageOrigin::kCaller:
			tdx_shim_drop_page(record->why.page.value());
			break;
		}
		ledger::move(RegistryLock(), ledger::kQuarantine, ledger::kFreed, 1);
		tdx_shim_trace_quarantine_leave(record->why.page.value(), record->why.array);
		destroy(record);
		freed++;
	}
	return freed;
}

} // namespace

Result<Buffer<Case>> look()
{
	auto cases = TRY(collect<Case>([](std::span<Case> places) {
		LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);
		u32 count = 0;
		for (const Record *record = records; record; record = record->next)
			if (count++ < places.size())
				places[count - 1] = record->why;
		return count;
	}));

	std::ranges::sort(cases.values(), {}, [](const Case &why) { return why.page.value(); });
	return cases;
}

u64 retry()
{
	LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);
	u64 freed = 0;

	/* A TDR comes back only after the other pages of its TD, wherever they stand. */
	while (const u64 more = retry_each())
		freed += more;
	return freed;
}

void abandon()
{
	LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);
	const tdx_page_array_counters counters = ledger::snapshot();

	if (counters.kept || counters.quarantined)
		tdx_shim_info("unloading: %llu pages kept by the TDX module and %llu pages in "
			      "quarantine stay allocated until reboot",
			      counters.kept, counters.quarantined);
	while (records) {
		Record *record = records;
		records = record->next;
		destroy(record);
	}
}

} // namespace tdx::quarantine
