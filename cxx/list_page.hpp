/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owner of the page of 512 words in which lists travel, also called root page: shared memory that the
 * module only reads, or writes when it gives pages back.
 */
#pragma once

#include <algorithm>

#include "memory.hpp"
#include "result.hpp"

namespace tdx {

class ListPage {
public:
	/* None yet: it is made when a list is first written. */
	ListPage() = default;
	ListPage(ListPage &&other) noexcept : page_(std::exchange(other.page_, Pfn())) {}
	ListPage &operator=(ListPage &&other) noexcept
	{
		std::swap(page_, other.page_);
		return *this;
	}
	~ListPage()
	{
		if (!is_none())
			tdx_shim_free_list_page(page_.value());
	}

	static Result<ListPage> try_take()
	{
		ListPage taken;

		taken.page_ = Pfn(tdx_shim_alloc_list_page());
		if (taken.is_none())
			return Failure(Errno::kNoMemory);
		return taken;
	}

	bool is_none() const { return page_.is_none(); }
	Hpa hpa() const { return page_.hpa(); }

	/* Not of none. */
	std::span<u64, kListEntries> entries() { return words_of(page_); }

	/*
	 * Before a leaf that writes a list of @count entries: what the module leaves unwritten must
	 * not look like an answer. All ones is no HPA, so a stale entry can never match.
	 */
	void poison(u32 count) { std::ranges::fill(entries().first(count), ~u64{0}); }

private:
	Pfn page_;
};

} // namespace tdx
