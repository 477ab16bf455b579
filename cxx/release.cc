// SPDX-License-Identifier: GPL-2.0
#include "release.hpp"

#include "ledger.hpp"
#include "make_safe.hpp"
#include "tdh_phymem.hpp"

namespace tdx {

namespace {

using quarantine::Reason;

/* A page's new place; a reason when that is the quarantine. */
struct Fate {
	ledger::Place place;
	Unsafe why{Reason::kLeaked, CompletionStatus(0)};
};

Fate fate_of(const Safe &safe)
{
	if (safe)
		return {ledger::Place::kFreed};
	return {ledger::Place::kQuarantine, safe.error()};
}

Fate treat(Pfn page, Treatment treatment, const Custody &custody)
{
	switch (treatment) {
	case Treatment::kFree:
		return {ledger::Place::kFreed};
	case Treatment::kFlush:
		return fate_of(make_safe(page, custody.hkid()));
	case Treatment::kReclaim:
		return fate_of(reclaim_and_make_safe(page, custody.hkid()));
	case Treatment::kAskOrReclaim:
		return fate_of(make_safe_if_host(page, custody.hkid(), WayBack::kReclaim));
	case Treatment::kAskOrQuarantine:
		return fate_of(make_safe_if_host(page, custody.hkid(), WayBack::kDeleteLeaf));
	case Treatment::kAskOrKeep: {
		const Safe safe = make_safe_if_host(page, custody.hkid(), WayBack::kNever);
		if (!safe && safe.error().reason == Reason::kStillOwned)
			return {ledger::Place::kKept};
		return fate_of(safe);
	}
	case Treatment::kKeep:
		return {ledger::Place::kKept};
	case Treatment::kQuarantine:
		return {ledger::Place::kQuarantine, {Reason::kLeaked, custody.status()}};
	}
	return {ledger::Place::kQuarantine};
}

Treatment treatment_of(u32 index, const Custody &custody, Ending ending)
{
	if (index < custody.owned())
		return ending.owned;
	return index < custody.touched() ? ending.touched : ending.untouched;
}

/* Ends blocks one after the other, each given back whole unless one of its pages has to stay. */
class BlockEnder {
public:
	BlockEnder(const PageArray &array, PageOrigin origin, Ending ending)
		: array_(array.id()), custody_(array.custody()), origin_(origin), ending_(ending)
	{
	}

	void end_block(Pfn first, u32 order)
	{
		const u32 pages = u32{1} << order;
		bool whole = true;

		for (u32 i = 0; i < pages; i++) {
			const Pfn page = first + i;
			const Fate fate = treat(page, treatment_of(index_ + i, custody_, ending_),
						custody_);
			const bool stays = fate.place != ledger::Place::kFreed;

			if (stays && whole) {
				whole = false;
				if (order)
					tdx_shim_split_block(first.value(), order);
				for (u32 done = 0; done < i; done++)
					give_back(first + done, 0);
			}
			if (!stays && !whole)
				give_back(page, 0);
			else if (stays)
				keep(page, fate);
		}
		if (whole)
			give_back(first, order);
		index_ += pages;
	}

	const Outcome &outcome() const { return outcome_; }

private:
	void give_back(Pfn first, u32 order)
	{
		if (origin_ == PageOrigin::kAllocator)
			tdx_shim_free_block(first.value(), order);
		outcome_.given_back += u64{1} << order;
	}

	void keep(Pfn page, const Fate &fate)
	{
		if (fate.place == ledger::Place::kKept) {
			if (origin_ == PageOrigin::kCaller)
				tdx_shim_hold_page(page.value());
			outcome_.kept++;
			return;
		}
		outcome_.quarantined++;
		const CompletionStatus status = fate.why.status;
		if (custody_.state() == CustodyState::kReturned && status.module_ran() &&
		    !status.is_busy())
			tdx_shim_broken_promise("page %#llx was given back, but the TDX module "
						"answers its write-back with status %#llx",
						page.hpa().value(), status.raw());
		quarantine::add({page, custody_.hkid(), custody_.leaf(), custody_.way_back(),
				 origin_, fate.why.reason, status, array_});
	}

	u64 array_;
	const Custody &custody_;
	PageOrigin origin_;
	Ending ending_;
	u32 index_ = 0;
	Outcome outcome_;
};

Outcome end(PageArray &array, Ending ending)
{
	PageBlocks blocks = array.take_blocks();
	BlockEnder ender(array, blocks.origin(), ending);

	for (const Extent &extent : blocks.extents())
		for (u32 i = 0; i < extent.blocks(); i++)
			ender.end_block(extent.block(i), extent.order());
	blocks.forget();

	const Outcome &outcome = ender.outcome();
	ledger::move(ledger::Place::kArray, ledger::Place::kFreed, outcome.given_back);
	ledger::move(ledger::Place::kArray, ledger::Place::kKept, outcome.kept);
	tdx_shim_trace_array_end(array.id(), outcome.given_back, outcome.kept, outcome.quarantined);
	if (outcome.quarantined)
		tdx_shim_error("%llu of %llu pages, %s since %s (status %#llx), are in quarantine",
			       outcome.quarantined,
			       outcome.given_back + outcome.kept + outcome.quarantined,
			       name_of(array.custody().state()), name_of(array.custody().leaf()),
			       array.custody().status().raw());
	return outcome;
}

/* Does the status say that the TD is not in teardown, or has other pages left, or was in use? */
bool says_td_lives(CompletionStatus status)
{
	return status.is(StatusCode::kLifecycleStateIncorrect) ||
	       status.is(StatusCode::kTdAssociatedPagesExist) || status.is_busy();
}

} // namespace

Result<Outcome> try_release(PageArray &array)
{
	const Ending ending = TRY(array.custody().release());

	/* The last page tells: while the TD lives it does not come back, and nothing has changed. */
	if (ending.owned == Treatment::kReclaim && array.custody().owned()) {
		const Pfn last = array.page(array.custody().owned() - 1);
		const CompletionStatus status = tdh_phymem_page_reclaim(last);
		if (says_td_lives(status))
			return Failure(Errno::kBusy);
		if (status.is_success())
			array.record_reclaim_of_last();
	}
	return end(array, ending);
}

Outcome leak(PageArray &array)
{
	return end(array, array.custody().leak());
}

} // namespace tdx
