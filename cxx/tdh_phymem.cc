// SPDX-License-Identifier: GPL-2.0
#include "tdh_phymem.hpp"

namespace tdx {

CompletionStatus tdh_phymem_page_reclaim(Pfn page)
{
	const Answer answer = retry_while_busy([&] {
		return seamcall_ret(Leaf::kPhymemPageReclaim, {.rcx = page.hpa().value()});
	});

	return answer.status;
}

Answered<PageFacts> tdh_phymem_page_rdmd(Pfn page)
{
	const Answer answer = retry_while_busy(
		[&] { return seamcall_ret(Leaf::kPhymemPageRdmd, {.rcx = page.hpa().value()}); });

	if (!answer.status.is_success())
		return std::unexpected(answer.status);
	return PageFacts{answer.out.rcx, answer.out.rdx, answer.out.r8};
}

} // namespace tdx
