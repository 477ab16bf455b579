/* SPDX-License-Identifier: GPL-2.0 */
/* Owner of a page that host and module share: a message or a setting, plain memory of the host. */
#pragma once

#include "memory.hpp"
#include "result.hpp"

namespace tdx {

class SharedPage {
public:
	/* None yet. */
	SharedPage() = default;
	SharedPage(SharedPage &&other) noexcept : page_(std::exchange(other.page_, Pfn())) {}
	SharedPage &operator=(SharedPage &&other) noexcept
	{
		std::swap(page_, other.page_);
		return *this;
	}
	~SharedPage()
	{
		if (!page_.is_none())
			tdx_shim_free_block(page_.value(), 0);
	}

	static Result<SharedPage> try_take()
	{
		SharedPage taken;

		taken.page_ = Pfn(tdx_shim_alloc_block(0, TDX_SHIM_ANY_NODE, TDX_SHIM_WITH_EFFORT));
		if (taken.is_none())
			return Failure(Errno::kNoMemory);
		return taken;
	}

	bool is_none() const { return page_.is_none(); }
	Pfn page() const { return page_; }
	Hpa hpa() const { return page_.hpa(); }

private:
	Pfn page_;
};

} // namespace tdx
