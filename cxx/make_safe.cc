// SPDX-License-Identifier: GPL-2.0
#include "make_safe.hpp"

namespace tdx {

using quarantine::Cause;
using quarantine::Reason;

namespace {

/* Pages that are written back between two points at which other tasks may run. */
constexpr u32 kPagesPerBreath = 16;

} // namespace

SafePages make_each_safe(Pfn first, u32 count, Hkid hkid)
{
	const u64 keyed_first = tdx_module().keyed(first, hkid);
	const bool convert = tdx_module().has_partial_write_erratum();

	for (u32 i = 0; i < count; i++) {
		const CompletionStatus status = write_back_and_convert(keyed_first + i * kPageSize,
								       first + i, convert);
		if (!status.is_success()) [[unlikely]]
			return {i, status};
		if (i % kPagesPerBreath == kPagesPerBreath - 1)
			tdx_shim_breathe();
	}
	return {count, CompletionStatus(0)};
}

Safe reclaim_and_make_safe(Pfn page, Hkid hkid)
{
	const CompletionStatus status = tdh_phymem_page_reclaim(page);

	if (!status.is_success())
		return std::unexpected(
			Cause{Reason::kReclaimFailed, Leaf::kPhymemPageReclaim, status});
	return make_safe(page, hkid);
}

Safe make_safe_if_host(Pfn page, Hkid hkid, WayBack way_back)
{
	const auto facts = tdh_phymem_page_rdmd(page);

	if (!facts)
		return std::unexpected(
			Cause{Reason::kNoAnswer, Leaf::kPhymemPageRdmd, facts.error()});
	if (facts->is_hosts())
		return make_safe(page, hkid);
	switch (way_back) {
	case WayBack::kReclaim:
		return reclaim_and_make_safe(page, hkid);
	case WayBack::kNever:
	case WayBack::kDeleteLeaf:
		break;
	}
	return std::unexpected(
		Cause{Reason::kStillOwned, Leaf::kPhymemPageRdmd, CompletionStatus(0)});
}

} // namespace tdx
