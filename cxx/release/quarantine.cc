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
 * Under the lock of the quarantine. The first record owns all others. It has no Owner itself, because a global variable of a
 * kernel module has no destructor. New records come first. A record is removed only under the lock of retries as well, so the
 * holder of that lock walks the list without the other.
 */
constinit Record *records;
constinit u32 count;

/* Seconds until the next retry; 0: none is planned. Under the lock of the quarantine. */
constinit u32 pause;
constexpr u32 kFirstPause = 30;
constexpr u32 kLongestPause = 3600;

/* Pages that are asked about in a row. */
constexpr u32 kPagesAtOnce = 64;
constexpr u32 kPauseUs = 1000;

/* True if no retry can help: the memory is broken, or the page is outside of TDX memory. */
bool is_final(const Case &why)
{
	const auto is = [](const Cause &cause) {
		return cause.reason == Reason::kBroken ||
		       cause.status.is(StatusCode::kOperandAddrRangeError);
	};

	return is(why.cause) || is(why.last_retry);
}

/* kNone if the page is safe. */
Cause ask_about(const Case &why)
{
	bool reclaimed = false;

	if (is_broken(why.page))
		return {Reason::kBroken};
	return make_safe(why.page, {Fate::kAsk, why.hkid, row_of(why.handed_over_by).way_back},
			 reclaimed);
}

void record_retry(Case &why, const Cause &left)
{
	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);

	why.last_retry = left;
	why.retries++;
	if (left.reason == Reason::kBroken)
		tdx_shim_error("quarantine: page %#llx stays for good: %s", why.page.hpa().value(),
			       name_of(left.reason));
	else if (is_final(why))
		tdx_shim_error("quarantine: page %#llx stays for good: %s (%s: %s, %#llx)",
			       why.page.hpa().value(), name_of(left.reason), name_of(left.leaf),
			       name_of(left.status), left.status.raw());
	else
		tdx_shim_debug("quarantine: page %#llx stays: %s (%s: %s, %#llx)",
			       why.page.hpa().value(), name_of(left.reason), name_of(left.leaf),
			       name_of(left.status), left.status.raw());
}

/* Takes @record out, which follows @before; nullptr: it was the first one when the walk began. */
RecordOwner take(Record *record, Record *before)
{
	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);

	count--;
	if (records == record) {
		records = record->next.release();
		return RecordOwner(record);
	}
	if (!before)
		for (before = records; before->next.get() != record; before = before->next.get())
			;
	RecordOwner taken = std::move(before->next);
	before->next = std::move(taken->next);
	return taken;
}

void free_page(const Case &why)
{
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
}

Record *first_record()
{
	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);

	return records;
}

/* Asks once about every page. Returns how many were freed. */
u64 retry_each()
{
	Record *before = nullptr, *next = nullptr;
	u64 freed = 0;
	u32 asked = 0;

	for (Record *record = first_record(); record; record = next) {
		next = record->next.get();
		const Cause left = is_final(record->why) ? Cause{Reason::kBroken}
							 : ask_about(record->why);
		if (left.reason == Reason::kNone) {
			free_page(take(record, before)->why);
			freed++;
		} else {
			if (!is_final(record->why))
				record_retry(record->why, left);
			before = record;
		}
		if (++asked % kPagesAtOnce == 0)
			tdx_shim_pause(kPauseUs);
	}
	return freed;
}

/* Under the lock of the quarantine. */
void plan_retry(u32 seconds)
{
	pause = seconds;
	tdx_shim_retry_later(seconds);
}

bool is_any_left()
{
	for (const Record *record = records; record; record = record->next.get())
		if (!is_final(record->why))
			return true;
	return false;
}

/* Copies all cases and returns 0, or returns how many there are if @cases is too small. */
u32 copy_to(Buffer<Case> &cases)
{
	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);

	if (count > cases.values().size())
		return count;
	auto place = cases.values().begin();
	for (const Record *record = records; record; record = record->next.get())
		*place++ = record->why;
	cases.shrink(count);
	return 0;
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
	if (pause != kFirstPause && !is_final(why))
		plan_retry(kFirstPause);
}

/* Nothing is allocated under the lock, and what comes out is the quarantine at one moment. */
Result<Buffer<Case>> look()
{
	for (u32 room = 0;;) {
		room += room / 8 + 16;
		auto cases = TRY(Buffer<Case>::try_make(room));
		room = copy_to(cases);
		if (room)
			continue;
		std::ranges::sort(cases.values(), {},
				  [](const Case &why) { return why.page.value(); });
		return cases;
	}
}

u64 retry()
{
	const LockGuard lock(TDX_SHIM_LOCK_RETRY);
	u64 freed = 0;

	/* A TDR comes back only after the other pages of its TD, which may follow it in the list. */
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
	RecordOwner first(std::exchange(records, nullptr));
	end_all(first);
}

void retry_by_itself()
{
	const u64 freed = retry();
	const LockGuard lock(TDX_SHIM_LOCK_QUARANTINE);

	if (is_any_left())
		plan_retry(freed ? kFirstPause : std::min(2 * pause, kLongestPause));
	else
		pause = 0;
}

} // namespace tdx::quarantine

extern "C" void tdx_core_retry_quarantine(void)
{
	tdx::quarantine::retry_by_itself();
}
