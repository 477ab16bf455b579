// SPDX-License-Identifier: GPL-2.0
#include "tdh_phymem.hpp"

namespace tdx {

namespace {

/* RCX of CACHE.WB: begin, or go on where the package was interrupted. */
enum class CacheWb : u64 {
	kStart = 0,
	kResume = 1,
};

} // namespace

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

CompletionStatus tdh_phymem_cache_wb()
{
	CacheWb command = CacheWb::kStart;

	for (u32 resumptions = 0;; resumptions++) {
		const CompletionStatus status = retry_while_busy(
			[&] { return seamcall(Leaf::kPhymemCacheWb, as_word(command)); });
		if (!status.is(StatusCode::kInterruptedResumable) || resumptions == kMaxStalls)
			return status;
		command = CacheWb::kResume;
		tdx_shim_breathe();
	}
}

} // namespace tdx
