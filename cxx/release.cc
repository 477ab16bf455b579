// SPDX-License-Identifier: GPL-2.0
#include "release.hpp"

#include "ledger.hpp"

namespace tdx {

namespace {

using quarantine::Cause;
using quarantine::Reason;

/* What becomes of a page. */
enum class Place : u8 {
	kFreed,
	kKept,
	kQuarantine
};

/* A page's new place; the cause when that is the quarantine. */
struct Fate {
	Place place;
	Cause why{};
};

Fate fate_of(const Safe &safe)
{
	if (safe)
		return {Place::kFreed};
	return {Place::kQuarantine, safe.error()};
}

Fate fate_of_leaked(const Custody &custody)
{
	return {Place::kQuarantine, {Reason::kLeaked, custody.last_leaf(), custody.last_status()}};
}

Fate treat(Pfn page, Treatment treatment, const Custody &custody)
{
	switch (treatment) {
	case Treatment::kFree:
	case Treatment::kFlush:
		break; /* many pages at once: see treat_alike() */
	case Treatment::kReclaim:
		return fate_of(reclaim_and_make_safe(page, custody.hkid()));
	case Treatment::kAskOrReclaim:
		return fate_of(make_safe_if_host(page, custody.hkid(), WayBack::kReclaim));
	case Treatment::kAskOrQuarantine:
		return fate_of(make_safe_if_host(page, custody.hkid(), WayBack::kDeleteLeaf));
	case Treatment::kAskOrKeep: {
		const Safe safe = make_safe_if_host(page, custody.hkid(), WayBack::kNever);
		if (!safe && safe.error().reason == Reason::kStillOwned)
			return {Place::kKept};
		return fate_of(safe);
	}
	case Treatment::kKeep:
		return {Place::kKept};
	case Treatment::kQuarantine:
		break;
	}
	return fate_of_leaked(custody);
}

/* Pages that have the same treatment, up to index @end of the array. */
struct Zone {
	Treatment treatment;
	u32 end;
};

Zone zone_of(u32 index, const Custody &custody, Ending ending)
{
	if (index < custody.owned())
		return {ending.owned, custody.owned()};
	if (index < custody.touched())
		return {ending.touched, custody.touched()};
	return {ending.untouched, ~u32{0}};
}

/* Ends extents one after the other, each block given back whole unless one of its pages has to stay. */
class ExtentEnder {
public:
	ExtentEnder(const PageArray &array, Ending ending)
		: array_(array.id()), custody_(array.custody()), origin_(array.origin()),
		  ending_(ending)
	{
	}

	void end(Extent extent) { end(extent, treat_pages(extent.first(), extent.pages())); }

	/* The same for one whose first pages are safe, and are treated so. */
	void end(Extent extent, SafePages safe)
	{
		index_ = safe.count;
		fate_ = {Place::kQuarantine, flush_failure(safe.status)};
		end(extent, safe.count);
	}

	const Outcome &outcome() const { return outcome_; }

private:
	/* The first pages of the extent can go back, as many as @freeable says, and the next one not. */
	void end(Extent extent, u32 freeable)
	{
		while (freeable < extent.pages()) {
			const u32 whole_blocks = freeable >> extent.order();
			if (whole_blocks)
				give_back(Extent(extent.first(), extent.order(), whole_blocks));
			end_split_block(extent.block(whole_blocks), extent.order(),
					freeable & (extent.block_pages() - 1));
			if (whole_blocks + 1 == extent.blocks())
				return;

			extent = Extent(extent.block(whole_blocks + 1), extent.order(),
					extent.blocks() - whole_blocks - 1);
			freeable = treat_pages(extent.first(), extent.pages());
		}
		give_back(extent);
	}

	/*
	 * Treats @pages neighbouring pages, the next ones of the array, until one has to stay: fate_
	 * is that one's then. Returns how many can go back.
	 */
	u32 treat_pages(Pfn first, u32 pages)
	{
		for (u32 i = 0; i < pages;) {
			const Zone zone = zone_of(index_, custody_, ending_);
			const u32 count = std::min(pages - i, zone.end - index_);
			const u32 freeable = treat_alike(first + i, count, zone.treatment);
			i += freeable;
			index_ += freeable;
			if (freeable < count)
				return i;
		}
		return pages;
	}

	u32 treat_alike(Pfn first, u32 count, Treatment treatment)
	{
		if (treatment == Treatment::kFree)
			return count;
		if (treatment == Treatment::kFlush) {
			const SafePages safe = make_safe(first, count, custody_.hkid());
			if (safe.count < count)
				fate_ = {Place::kQuarantine, flush_failure(safe.status)};
			return safe.count;
		}
		for (u32 i = 0; i < count; i++) {
			const Fate fate = treat(first + i, treatment, custody_);
			if (fate.place != Place::kFreed) {
				fate_ = fate;
				return i;
			}
		}
		return count;
	}

	/*
	 * The first pages of the block can go back, as many as @freeable says, and the next one not;
	 * those behind it were not treated yet.
	 */
	void end_split_block(Pfn block, u32 order, u32 freeable)
	{
		const u32 pages = u32{1} << order;

		if (order)
			tdx_shim_split_block(block.value(), order);
		for (u32 i = 0;;) {
			for (u32 end = i + freeable; i < end; i++)
				give_back(Extent(block + i, 0, 1));
			if (i == pages)
				return;
			keep(block + i++, fate_);
			index_++;
			freeable = treat_pages(block + i, pages - i);
		}
	}

	void give_back(Extent extent)
	{
		outcome_.given_back += extent.pages();
		if (origin_ == PageOrigin::kAllocator)
			free_blocks(extent, breather_);
	}

	void keep(Pfn page, const Fate &fate)
	{
		tdx_shim_breathe();
		if (fate.place == Place::kKept) {
			if (origin_ == PageOrigin::kCaller)
				tdx_shim_hold_page(page.value());
			ledger::keep(RegistryLock(), tdx_shim_node_of(page.value()));
			outcome_.kept++;
			return;
		}
		outcome_.quarantined++;
		const CompletionStatus status = fate.why.status;
		if (custody_.state() == CustodyState::kReturned && status.module_ran() &&
		    !status.is_busy())
			tdx_shim_tdx_module_bug("page %#llx was returned by the TDX module, but %s "
						"answers %s (%#llx)",
						page.hpa().value(), name_of(fate.why.leaf),
						name_of(status), status.raw());
		quarantine::add({page, custody_.hkid(), custody_.handed_over_by(),
				 custody_.way_back(), origin_, array_, fate.why});
	}

	u64 array_;
	const Custody &custody_;
	PageOrigin origin_;
	Ending ending_;
	u32 index_ = 0;
	Fate fate_{Place::kFreed};
	Breather breather_;
	Outcome outcome_;
};

Outcome finish(PageArray &array, const ExtentEnder &ender)
{
	const Outcome outcome = ender.outcome();

	array.forget_pages();
	tdx_shim_trace_array_end(array.id(), outcome.given_back, outcome.kept, outcome.quarantined);
	if (outcome.quarantined) {
		const Custody &custody = array.custody();
		tdx_shim_error(
			"array %llu: %u of %u pages are in quarantine: %s, handed over by %s, "
			"last answer %s: %s (%#llx)",
			array.id(), outcome.quarantined,
			outcome.given_back + outcome.kept + outcome.quarantined,
			name_of(custody.state()), name_of(custody.handed_over_by()),
			name_of(custody.last_leaf()), name_of(custody.last_status()),
			custody.last_status().raw());
	}
	return outcome;
}

Outcome end(PageArray &array, Ending ending)
{
	ExtentEnder ender(array, ending);

	array.extents().for_each([&](Extent extent) { ender.end(extent); });
	return finish(array, ender);
}

/* Does the status say that the TD is not in teardown, or has other pages left, or was in use? */
bool says_td_lives(CompletionStatus status)
{
	return status.is(StatusCode::kLifecycleStateIncorrect) ||
	       status.is(StatusCode::kTdAssociatedPagesExist) || status.is_busy();
}

} // namespace

Outcome release_the_rest(PageArray &array, SafePages safe)
{
	constexpr Treatment kFlush = Treatment::kFlush;
	ExtentEnder ender(array, {kFlush, kFlush, kFlush});

	ender.end(array.extents().first(), safe);
	return finish(array, ender);
}

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
