/* SPDX-License-Identifier: GPL-2.0 */
/* Pages made safe for the kernel, or the reason why one is not. */
#pragma once

#include "quarantine.hpp"

namespace tdx {

/* Why a page cannot go back to the kernel. */
struct Unsafe {
	quarantine::Reason reason;
	CompletionStatus status;
};

using Safe = std::expected<void, Unsafe>;

/* How many of the pages are safe; when that is not all, why the one after them is not. */
struct SafePages {
	u32 count;
	Unsafe why;
};

/*
 * Writes the lines of @hkid of @count neighbouring pages back; then, on CPUs with the partial-write
 * erratum, all of them with MOVDIR64B. The module refuses the write-back of a page it owns, so a
 * success proves both. Ends at the first page that cannot be made safe.
 */
SafePages make_safe(Pfn first, u32 count, Hkid hkid);

/* The same for one page. */
inline Safe make_safe(Pfn page, Hkid hkid)
{
	const SafePages safe = make_safe(page, 1, hkid);

	if (!safe.count)
		return std::unexpected(safe.why);
	return {};
}

/* The same for a control page of a TD, which has to be taken away from the module first. */
Safe reclaim_and_make_safe(Pfn page, Hkid hkid);

/*
 * For pages whose outcome nobody knows: asks first whose the page is. What the module has is
 * reclaimed if it comes back so.
 */
Safe make_safe_if_host(Pfn page, Hkid hkid, WayBack way_back);

} // namespace tdx
