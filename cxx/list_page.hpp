/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page of 512 words in which lists travel, also called root page. It is plain shared memory:
 * the module reads or overwrites it during a call and never keeps it.
 */
#pragma once

#include <algorithm>

#include "memory.hpp"

namespace tdx {

class ListPage {
public:
	/* None yet: a single page often needs no list. */
	ListPage() = default;
	ListPage(ListPage &&other) noexcept : page_(std::exchange(other.page_, Pfn())) {}
	ListPage &operator=(ListPage &&other) noexcept
	{
		std::swap(page_, other.page_);
		return *this;
	}
	~ListPage()
	{
		if (!page_.is_none())
			tdx_shim_free_block(page_.value(), 0);
	}

	static Result<ListPage> try_take()
	{
		const Pfn page(tdx_shim_alloc_block(0, TDX_SHIM_ANY_NODE, TDX_SHIM_WITH_EFFORT));

		if (page.is_none())
			return Failure(Errno::kNoMemory);
		return ListPage(page);
	}

	bool is_none() const { return page_.is_none(); }
	Pfn page() const { return page_; }
	Hpa hpa() const { return page_.hpa(); }

	/* Not of none. */
	std::span<u64, kListEntries> entries() { return words_of(page_); }

	/*
	 * Before a leaf that writes a list: what the module leaves unwritten must not look like an
	 * answer. All ones is no HPA, so a stale entry can never match.
	 */
	void poison() { std::ranges::fill(entries(), ~u64{0}); }

private:
	explicit ListPage(Pfn page) : page_(page) {}

	Pfn page_;
};

} // namespace tdx
