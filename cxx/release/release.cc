// SPDX-License-Identifier: GPL-2.0
#include "release/release.hpp"

#include "release/make_safe.hpp"
#include "release/quarantine.hpp"

namespace tdx {

namespace {

/*
 * What happens to a page about which nothing was learned, or whose TD lives. Release stops, and the next one continues with
 * this page; leak puts it into the quarantine, because its caller cannot call again.
 */
enum class Unanswered : u8 {
	kStop,
	kQuarantine
};

/* Pages that are made safe between two points at which other tasks may run. */
constexpr u32 kPagesAtOnce = 16;

/* The TD of a control page is not in teardown, or has other pages left. */
bool says_td_lives(CompletionStatus status)
{
	return status.is(StatusCode::kLifecycleStateIncorrect) ||
	       status.is(StatusCode::kTdAssociatedPagesExist);
}

Failure refuse_owned(const char *caller, const PageArray &array)
{
	const Custody &custody = array.custody();

	return REFUSE(
		caller, Errno::kBusy,
		"the TDX module owns %u of the %u pages of array %llu, handed over by %s, last "
		"answer %s: %s (%#llx). Repeat an interrupted call, delete the object or tear "
		"down the TD first, or call tdx_page_array_leak()",
		custody.owned(), array.pages(), array.id(), name_of(custody.handed_over_by()),
		name_of(custody.last_leaf()), name_of(custody.last_status()),
		custody.last_status().raw());
}

/* The first pass over one array. */
class Pass {
public:
	Pass(const char *caller, PageArray &array, Unanswered unanswered)
		: caller_(caller), array_(array), unanswered_(unanswered)
	{
	}

	Result<void> make_safe(Fates fates)
	{
		const Custody &custody = array_.custody();
		TRY(make_zone_safe(fates.owned, custody.owned()));
		TRY(make_zone_safe(fates.touched, custody.touched()));
		return make_zone_safe(fates.untouched, array_.pages());
	}

private:
	/* The pages up to index @end, of which some or all may be done. */
	Result<void> make_zone_safe(Fate fate, u32 end)
	{
		if (array_.progress().done() >= end)
			return {};
		return make_safe(fate, end);
	}

	Result<void> make_safe(Fate fate, u32 end)
	{
		const u32 done = array_.progress().done();

		switch (fate) {
		case Fate::kFree: /* the last ones, if any */
			return {};
		case Fate::kKeep:
			array_.progress().stay(end - done, {});
			return {};
		case Fate::kQuarantine:
			array_.progress().stay(end - done,
					       {Reason::kLeaked, array_.custody().last_leaf(),
						array_.custody().last_status()});
			return {};
		case Fate::kFlush:
		case Fate::kReclaim:
		case Fate::kAsk:
		case Fate::kAskOrKeep:
			break;
		}
		Result<void> result;
		array_.extents().for_each_run(done, end - done, [&](Pfn first, u32 count) {
			if (result)
				result = make_run_safe(fate, first, count);
		});
		return result;
	}

	Result<void> make_run_safe(Fate fate, Pfn first, u32 count)
	{
		for (u32 i = 0; i < count;) {
			const u32 some = std::min(count - i, kPagesAtOnce);
			const u32 whole = tdx_shim_first_broken((first + i).value(), some);
			TRY(make_pages_safe(fate, first + i, whole));
			i += whole;
			if (whole < some)
				TRY(leave_broken(fate, first + i++));
			tdx_shim_cond_resched();
		}
		return {};
	}

	/* A page with a hardware error stays as it is. Only its entry in the PAMT must not hold up the TDR. */
	Result<void> leave_broken(Fate fate, Pfn page)
	{
		Progress &progress = array_.progress();

		if (fate == Fate::kReclaim) {
			const Cause cause = reclaim(page, progress.reclaimed);
			if (cause.reason != Reason::kNone)
				return settle(fate, page, cause);
		}
		progress.stay(1, {Reason::kBroken});
		return {};
	}

	Result<void> make_pages_safe(Fate fate, Pfn first, u32 count)
	{
		const Custody &custody = array_.custody();
		const u64 keyed_first = tdx_module().keyed(first, custody.hkid());
		Progress &progress = array_.progress();

		for (u32 i = 0; i < count; i++) {
			const Cause cause = fate == Fate::kFlush
						    ? flush_page(keyed_first + i * kPageSize,
								 first + i)
						    : tdx::make_safe(first + i,
								     {fate, custody.hkid(),
								      custody.way_back()},
								     progress.reclaimed);
			if (cause.reason == Reason::kNone) [[likely]]
				progress.pass();
			else
				TRY(settle(fate, first + i, cause));
		}
		return {};
	}

	/* What happens to a page that is not safe; fails when that cannot be told yet. */
	Result<void> settle(Fate fate, Pfn page, Cause cause)
	{
		const CompletionStatus status = cause.status;
		const bool kept = fate == Fate::kAskOrKeep && cause.reason == Reason::kStillOwned;

		if (status.module_ran() && !status.is_success())
			array_.record(array_.custody().after_answer(cause.leaf, status));
		if (unanswered_ == Unanswered::kStop) {
			if (says_td_lives(status))
				return refuse_owned(caller_, array_);
			if (cause.reason == Reason::kNotAsked)
				return REFUSE(
					caller_, status.is_busy() ? Errno::kBusy : Errno::kAgain,
					"page %u of the %u pages of array %llu is not safe yet: "
					"%s: %s (%#llx). No page is freed; the next release "
					"continues with this page",
					array_.progress().done(), array_.pages(), array_.id(),
					name_of(cause.leaf), name_of(status), status.raw());
		} else if (says_td_lives(status)) {
			cause.reason = Reason::kLeaked;
		}
		if (array_.custody().state() == CustodyState::kReturned &&
		    cause.reason != Reason::kNotAsked)
			tdx_shim_report(
				TDX_SHIM_MODULE_BUG,
				"page %#llx was returned by the TDX module, but %s answers %s "
				"(%#llx)",
				page.hpa().value(), name_of(cause.leaf), name_of(status),
				status.raw());
		array_.progress().stay(1, kept ? Cause() : cause);
		return {};
	}

	const char *caller_;
	PageArray &array_;
	Unanswered unanswered_;
};

/* One page, a block of order 0, stays out of use. */
void keep(const PageArray &array, Pfn page, const Cause &cause)
{
	const Custody &custody = array.custody();
	const PageOrigin origin = array.info().origin;

	if (cause.reason != Reason::kNone) {
		ledger::quarantine_page();
		quarantine::add({page, custody.hkid(), custody.handed_over_by(), origin, array.id(),
				 cause});
		return;
	}
	if (origin == PageOrigin::kCaller)
		tdx_shim_hold_page(page.value());
	ledger::keep_on(tdx_shim_node_of(page.value()));
}

/* The second pass over one array: all pages are safe, or stay. */
class GiveBack {
public:
	explicit GiveBack(PageArray &array)
		: array_(array), staying_(array.progress().staying()),
		  outcome_{array.pages() - array.progress().kept() - array.progress().quarantined(),
			   array.progress().kept(), array.progress().quarantined()}
	{
	}

	/* Why the first page that goes to the quarantine does. */
	Reason why() const { return why_; }

	ledger::Outcome all()
	{
		for (const Extent extent : array_.extents())
			for (u32 i = 0; i < extent.blocks(); i++) {
				give_back(extent.block(i), extent.order());
				if (extent.order() || index_ % kPagesAtOnce == 0)
					tdx_shim_cond_resched();
			}
		ledger::end(array_, outcome_);
		array_.blocks().forget();
		return outcome_;
	}

private:
	/* The block comes apart where some of its pages stay, or have a hardware error by now. */
	void give_back(Pfn block, u32 order)
	{
		const u32 pages = u32{1} << order;

		if ((!staying_ || staying_->index >= index_ + pages) &&
		    tdx_shim_first_broken(block.value(), pages) == pages) [[likely]] {
			array_.blocks().give_back(block, order);
			index_ += pages;
			return;
		}
		if (order)
			tdx_shim_split_block(block.value(), order);
		for (u32 i = 0; i < pages; i++) {
			give_back(block + i);
			tdx_shim_cond_resched();
		}
	}

	/* One page, a block of order 0. */
	void give_back(Pfn page)
	{
		const Staying *const staying = staying_;

		if (staying && index_ >= staying->index) {
			stay(page, staying->cause);
			if (index_ + 1 == staying->index + staying->count)
				staying_ = staying->next.get();
		} else if (!is_broken(page)) {
			array_.blocks().give_back(page, 0);
		} else {
			outcome_.freed--;
			outcome_.quarantined++;
			stay(page, {Reason::kBroken});
		}
		index_++;
	}

	void stay(Pfn page, const Cause &cause)
	{
		keep(array_, page, cause);
		if (why_ == Reason::kNone)
			why_ = cause.reason;
	}

	PageArray &array_;
	const Staying *staying_;
	ledger::Outcome outcome_;
	Reason why_ = Reason::kNone;
	u32 index_ = 0; /* of the next page */
};

ledger::Outcome give_back(PageArray &array)
{
	GiveBack pass(array);
	const ledger::Outcome outcome = pass.all();
	const char *const why = name_of(pass.why());

	const Custody &custody = array.custody();
	if (outcome.quarantined && custody.handed_over_by() == Leaf::kNone)
		tdx_shim_error(
			"array %llu: %u of %u pages are in quarantine (%s): %s, never handed over",
			array.id(), outcome.quarantined, array.info().pages, why,
			name_of(custody.state()));
	else if (outcome.quarantined)
		tdx_shim_error(
			"array %llu: %u of %u pages are in quarantine (%s): %s, handed over by %s, "
			"last answer %s: %s (%#llx)",
			array.id(), outcome.quarantined, array.info().pages, why,
			name_of(custody.state()), name_of(custody.handed_over_by()),
			name_of(custody.last_leaf()), name_of(custody.last_status()),
			custody.last_status().raw());
	tdx_shim_trace_array_end(array.id(), outcome.freed, outcome.kept, outcome.quarantined);
	return outcome;
}

Result<ledger::Outcome> end(const char *caller, PageArray &array, const Result<Fates> &fates,
			    Unanswered unanswered)
{
	if (!fates)
		return refuse_owned(caller, array);
	if (array.is_mapped())
		return REFUSE(caller, Errno::kBusy, "array %llu is still mapped", array.id());
	TRY(Pass(caller, array, unanswered).make_safe(*fates));
	return give_back(array);
}

} // namespace

Result<ledger::Outcome> release(const char *caller, PageArray &array)
{
	return end(caller, array, array.custody().release(), Unanswered::kStop);
}

Result<ledger::Outcome> leak(const char *caller, PageArray &array)
{
	return end(caller, array, array.custody().leak(), Unanswered::kQuarantine);
}

} // namespace tdx
