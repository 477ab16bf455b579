/* SPDX-License-Identifier: GPL-2.0 */
/* Pages made safe for the kernel, or the reason why one is not. */
#pragma once

#include "quarantine.hpp"
#include "tdh_phymem.hpp"

namespace tdx {

using Safe = std::expected<void, quarantine::Cause>;

/* How many pages are safe; when that is not all, what the module said of the next one. */
struct SafePages {
	u32 count;
	CompletionStatus status;
};

/*
 * Writes one page back, which is given with the KeyID of its lines; then, if @convert, all of it with
 * MOVDIR64B, as CPUs with the partial-write erratum want it.
 */
inline CompletionStatus write_back_and_convert(u64 keyed_hpa, Pfn page, bool convert)
{
	const CompletionStatus status = tdh_phymem_page_wbinvd(keyed_hpa);

	/* Only now: lines written back later would be private again. */
	if (convert && status.is_success())
		tdx_shim_convert_page(page.value());
	return status;
}

/* make_safe() for several pages. */
SafePages make_each_safe(Pfn first, u32 count, Hkid hkid);

/*
 * Writes @count neighbouring pages back that may have lines of @hkid, as this CPU wants it. The module
 * refuses the write-back of a page it owns, so a success proves both. Ends at the first page that
 * cannot be made safe.
 */
inline SafePages make_safe(Pfn first, u32 count, Hkid hkid)
{
	if (count != 1)
		return make_each_safe(first, count, hkid);

	const CompletionStatus status = write_back_and_convert(
		tdx_module().keyed(first, hkid), first, tdx_module().has_partial_write_erratum());
	return {status.is_success(), status};
}

/* Why a page is not safe whose write-back was answered with @status. */
inline quarantine::Cause flush_failure(CompletionStatus status)
{
	return {quarantine::Reason::kFlushFailed, Leaf::kPhymemPageWbinvd, status};
}

/* The same for one page. */
inline Safe make_safe(Pfn page, Hkid hkid)
{
	const SafePages safe = make_safe(page, 1, hkid);

	if (!safe.count)
		return std::unexpected(flush_failure(safe.status));
	return {};
}

/* The same for a control page of a TD, which has to be taken away from the module first. */
Safe reclaim_and_make_safe(Pfn page, Hkid hkid);

/*
 * For pages in doubt: asks first whether the module owns the page. What the module has is
 * reclaimed if it comes back so.
 */
Safe make_safe_if_host(Pfn page, Hkid hkid, WayBack way_back);

} // namespace tdx
