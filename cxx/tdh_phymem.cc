// SPDX-License-Identifier: GPL-2.0
#include "tdh_phymem.hpp"

#include "tdx_module.hpp"

namespace tdx {

namespace {

/* PAMT page type "not directly assigned": free from the module's point of view (RDMD, RCX). */
constexpr u64 kPtNda = 0;

} // namespace

CompletionStatus tdh_phymem_page_wbinvd(Pfn page, Hkid hkid)
{
	return retry_while_busy([&] {
		return seamcall(Leaf::kPhymemPageWbinvd, {.rcx = tdx_module().keyed(page, hkid)});
	});
}

Answered<PageOwner> tdh_phymem_page_rdmd(Pfn page)
{
	const Answer answer = retry_while_busy(
		[&] { return seamcall_ret(Leaf::kPhymemPageRdmd, {.rcx = page.hpa().value()}); });

	if (!answer.status.is_success())
		return std::unexpected(answer.status);
	return answer.out.rcx == kPtNda ? PageOwner::kHost : PageOwner::kModule;
}

} // namespace tdx
