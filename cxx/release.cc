// SPDX-License-Identifier: GPL-2.0
#include "release.hpp"

#include "ledger.hpp"
#include "make_safe.hpp"

namespace tdx {

namespace {

/* A page's new place; a reason when that is the quarantine. */
struct Fate {
	ledger::Place place;
	Unsafe why{quarantine::Reason::kLeaked, CompletionStatus(0)};
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
	case Treatment::kAskOrQuarantine:
		return fate_of(make_safe_if_host(page, custody.hkid()));
	case Treatment::kAskOrKeep: {
		const Safe safe = make_safe_if_host(page, custody.hkid());
		if (!safe && safe.error().reason == quarantine::Reason::kStillOwned)
			return {ledger::Place::kKept};
		return fate_of(safe);
	}
	case Treatment::kKeep:
		return {ledger::Place::kKept};
	case Treatment::kQuarantine:
		return {ledger::Place::kQuarantine,
			{quarantine::Reason::kLeaked, custody.status()}};
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
	BlockEnder(const Custody &custody, Ending ending) : custody_(custody), ending_(ending) {}

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
					free(first + done, 0);
			}
			if (!stays && !whole)
				free(page, 0);
			else if (stays)
				keep(page, fate);
		}
		if (whole)
			free(first, order);
		index_ += pages;
	}

	const Outcome &outcome() const { return outcome_; }

private:
	void free(Pfn first, u32 order)
	{
		tdx_shim_free_block(first.value(), order);
		outcome_.freed += u64{1} << order;
	}

	void keep(Pfn page, const Fate &fate)
	{
		if (fate.place == ledger::Place::kKept) {
			outcome_.kept++;
			return;
		}
		outcome_.quarantined++;
		if (custody_.state() == CustodyState::kReturned)
			tdx_shim_broken_promise("page %#llx was given back, but the TDX module "
						"answers its write-back with status %#llx",
						page.hpa().value(), fate.why.status.raw());
		quarantine::add(
			{page, custody_.hkid(), custody_.leaf(), fate.why.reason, fate.why.status});
	}

	const Custody &custody_;
	Ending ending_;
	u32 index_ = 0;
	Outcome outcome_;
};

} // namespace

Outcome end(PageArray &array, Ending ending)
{
	PageBlocks blocks = array.take_blocks();
	BlockEnder ender(array.custody(), ending);

	for (const Extent &extent : blocks.extents())
		for (u32 done = 0; done < extent.pages; done += extent.block_pages())
			ender.end_block(extent.first + done, extent.order);
	blocks.forget();

	const Outcome &outcome = ender.outcome();
	ledger::move(ledger::Place::kArray, ledger::Place::kFreed, outcome.freed);
	ledger::move(ledger::Place::kArray, ledger::Place::kKept, outcome.kept);
	if (outcome.quarantined)
		tdx_shim_error("%llu of %llu pages, %s since %s (status %#llx), are in quarantine",
			       outcome.quarantined,
			       outcome.freed + outcome.kept + outcome.quarantined,
			       name_of(array.custody().state()), name_of(array.custody().leaf()),
			       array.custody().status().raw());
	return outcome;
}

} // namespace tdx
