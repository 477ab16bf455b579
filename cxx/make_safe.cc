// SPDX-License-Identifier: GPL-2.0
#include "make_safe.hpp"

#include "tdh_phymem.hpp"
#include "tdx_module.hpp"

namespace tdx {

using quarantine::Reason;

namespace {

/* Pages that are written back between two points at which other tasks may run. */
constexpr u32 kPagesPerBreath = 16;

} // namespace

SafePages make_safe(Pfn first, u32 count, Hkid hkid)
{
	for (u32 safe = 0;;) {
		const Pfn from = first + safe;
		const auto written_back = tdh_phymem_page_wbinvd(
			from, std::min(count - safe, kPagesPerBreath), hkid);
		/* Only now: lines written back later would be private again. */
		if (tdx_module().has_partial_write_erratum())
			for (u32 i = 0; i < written_back.pages; i++)
				tdx_shim_convert_page((from + i).value());
		safe += written_back.pages;
		tdx_shim_breathe();
		if (!written_back.status.is_success() || safe == count)
			return {safe, {Reason::kFlushFailed, written_back.status}};
	}
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
