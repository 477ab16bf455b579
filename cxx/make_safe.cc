// SPDX-License-Identifier: GPL-2.0
#include "make_safe.hpp"

#include "tdh_phymem.hpp"

namespace tdx {

Safe make_safe(Pfn page, Hkid hkid)
{
	const CompletionStatus status = tdh_phymem_page_wbinvd(page, hkid);

	tdx_shim_breathe();
	if (!status.is_success())
		return std::unexpected(Unsafe{quarantine::Reason::kFlushFailed, status});
	return {};
}

Safe make_safe_if_host(Pfn page, Hkid hkid)
{
	const auto owner = tdh_phymem_page_rdmd(page);

	if (!owner)
		return std::unexpected(Unsafe{quarantine::Reason::kNoAnswer, owner.error()});
	switch (*owner) {
	case PageOwner::kModule:
		return std::unexpected(
			Unsafe{quarantine::Reason::kStillOwned, CompletionStatus(0)});
	case PageOwner::kHost:
		break;
	}
	return make_safe(page, hkid);
}

} // namespace tdx
