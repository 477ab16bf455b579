// SPDX-License-Identifier: GPL-2.0
#include "release/make_safe.hpp"

#include "seamcall/query.hpp"

namespace tdx {

Cause reclaim(Pfn page, bool &reclaimed)
{
	if (reclaimed)
		return {};
	const CompletionStatus status = issue(Leaf::kPhymemPageReclaim, {.rcx = page.hpa().value()})
						.status;
	if (!status.is_success())
		return cause_of(Reason::kReclaimFailed, Leaf::kPhymemPageReclaim, status);
	reclaimed = true;
	return {};
}

namespace {

/* Of a page in doubt: kNone if the host may flush it now. */
Cause ask(Pfn page, Leaf way_back, bool &reclaimed)
{
	const auto facts = read_page_facts(page);

	if (!facts)
		return cause_of(Reason::kNoAnswer, Leaf::kPhymemPageRdmd, facts.error());
	if (facts->is_hosts())
		return {};
	if (way_back == Leaf::kPhymemPageReclaim)
		return reclaim(page, reclaimed);
	return {Reason::kStillOwned, Leaf::kPhymemPageRdmd, CompletionStatus()};
}

} // namespace

Cause make_safe(Pfn page, const Need &need, bool &reclaimed)
{
	Cause cause;

	switch (need.fate) {
	case Fate::kReclaim:
		cause = reclaim(page, reclaimed);
		/*
		 * RECLAIM requires the TD to be in TEARDOWN, which begins with TDH.MNG.KEY.FREEID, which requires
		 * TDH.PHYMEM.CACHE.WB on every package: no cache has lines of the TD's KeyID. The TDR may have some, of the
		 * global KeyID.
		 */
		if (cause.reason == Reason::kNone && need.hkid != tdx_module().global_keyid) {
			convert_page(page);
			reclaimed = false;
			return {};
		}
		break;
	case Fate::kAsk:
	case Fate::kAskOrKeep:
		cause = ask(page, need.way_back, reclaimed);
		break;
	case Fate::kFree:
	case Fate::kFlush:
	case Fate::kKeep:
	case Fate::kQuarantine:
		break;
	}
	if (cause.reason != Reason::kNone)
		return cause;
	return flush_page(tdx_module().keyed(page, need.hkid), page);
}

} // namespace tdx
