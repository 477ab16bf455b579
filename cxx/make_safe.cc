// SPDX-License-Identifier: GPL-2.0
#include "make_safe.hpp"

#include "tdh_phymem.hpp"
#include "tdx_module.hpp"

namespace tdx {

using quarantine::Reason;

Safe make_safe(Pfn page, Hkid hkid)
{
	const CompletionStatus status = tdh_phymem_page_wbinvd(page, hkid);

	tdx_shim_breathe();
	if (!status.is_success())
		return std::unexpected(Unsafe{Reason::kFlushFailed, status});
	/* Only now: lines written back later would be private again. */
	if (tdx_module().has_partial_write_erratum())
		tdx_shim_convert_page(page.value());
	return {};
}

Safe reclaim_and_make_safe(Pfn page, Hkid hkid)
{
	const CompletionStatus status = tdh_phymem_page_reclaim(page);

	if (!status.is_success())
		return std::unexpected(Unsafe{Reason::kReclaimFailed, status});
	return make_safe(page, hkid);
}

Safe make_safe_if_host(Pfn page, Hkid hkid, WayBack way_back)
{
	const auto facts = tdh_phymem_page_rdmd(page);

	if (!facts)
		return std::unexpected(Unsafe{Reason::kNoAnswer, facts.error()});
	if (facts->is_hosts())
		return make_safe(page, hkid);
	switch (way_back) {
	case WayBack::kReclaim:
		return reclaim_and_make_safe(page, hkid);
	case WayBack::kNever:
	case WayBack::kDeleteLeaf:
		break;
	}
	return std::unexpected(Unsafe{Reason::kStillOwned, CompletionStatus(0)});
}

} // namespace tdx
