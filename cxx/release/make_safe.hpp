/* SPDX-License-Identifier: GPL-2.0 */
/* Pages made safe for the kernel, or the reason why one is not. */
#pragma once

#include "array/custody.hpp"
#include "array/progress.hpp"
#include "facts/tdx_module.hpp"
#include "seamcall/seamcall.hpp"

namespace tdx {

/* True if the page has a hardware error. */
inline bool is_broken(Pfn page)
{
	return !tdx_shim_first_broken(page.value(), 1);
}

/* Converts a page that has no private lines in any cache, on CPUs that need it. */
inline void convert_page(Pfn page)
{
	if (tdx_module().partial_write_erratum)
		tdx_shim_convert_page(page.value());
}

/*
 * Writes back a page that may have lines of a KeyID, given as its HPA with that KeyID, and converts it on CPUs that need
 * it. The TDX module refuses the write-back of a page that it owns, so success also proves that the page is the host's.
 * Inline, because each page that comes back pays for it. Returns kNone when the page is safe.
 */
inline Cause flush_page(u64 keyed_hpa, Pfn page)
{
	const CompletionStatus status = write_back(keyed_hpa);

	if (!status.is_success()) [[unlikely]]
		return cause_of(Reason::kFlushFailed, Leaf::kPhymemPageWbinvd, status);
	/* Only now: lines written back later would be private again. */
	convert_page(page);
	return {};
}

/* What a page needs, and what is known of it. */
struct Need {
	Fate fate; /* kFlush, kReclaim, kAsk or kAskOrKeep */
	Hkid hkid;
	Leaf way_back;
};

/* Reclaims a control page, unless @reclaimed says that an earlier try did; kNone when that is done. */
Cause reclaim(Pfn page, bool &reclaimed);

/*
 * Makes one page safe; kNone when it is. @reclaimed says whether an earlier try reclaimed the page, and failed later.
 */
Cause make_safe(Pfn page, const Need &need, bool &reclaimed);

} // namespace tdx
