/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that the module only reads or writes during a call and never keeps: plain shared memory,
 * freed as it is.
 */
#pragma once

#include <algorithm>

#include "memory.hpp"

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

/* The page of 512 words in which lists travel, also called root page. */
class ListPage : public SharedPage {
public:
	/* A single page often needs no list. */
	ListPage() = default;

	static Result<ListPage> try_take() { return ListPage(TRY(SharedPage::try_take())); }

	/* Not of none. */
	std::span<u64, kListEntries> entries() { return words_of(page()); }

	/*
	 * Before a leaf that writes a list: what the module leaves unwritten must not look like an
	 * answer. All ones is no HPA, so a stale entry can never match.
	 */
	void poison() { std::ranges::fill(entries(), ~u64{0}); }

private:
	explicit ListPage(SharedPage page) : SharedPage(std::move(page)) {}
};

} // namespace tdx
