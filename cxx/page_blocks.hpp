/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The owner of an array's pages: blocks of the page allocator, the largest that it gave, in the
 * order of the array.
 *
 * Neighbouring blocks of one order make one extent, so that the list stays short. The owner never
 * frees by itself: what each page needs first is not its business. Whoever ends the array walks the
 * extents, decides, and then says forget(); an owner that dies with pages is a defect and says so.
 */
#pragma once

#include <algorithm>

#include "memory.hpp"
#include "result.hpp"
#include "types.hpp"

namespace tdx {

/* @pages pages from @first on, taken as blocks of 2^order pages. */
struct Extent {
	Pfn first;
	u32 pages;
	u32 order;

	constexpr u32 block_pages() const { return u32{1} << order; }
};

class PageBlocks {
public:
	PageBlocks() = default;
	PageBlocks(PageBlocks &&other) noexcept
		: extents_(std::move(other.extents_)),
		  extent_count_(std::exchange(other.extent_count_, 0)),
		  pages_(std::exchange(other.pages_, 0))
	{
	}
	PageBlocks &operator=(PageBlocks &&other) noexcept
	{
		std::swap(extents_, other.extents_);
		std::swap(extent_count_, other.extent_count_);
		std::swap(pages_, other.pages_);
		return *this;
	}
	~PageBlocks();

	/* @node: a memory node, or TDX_SHIM_ANY_NODE. On failure nothing is kept. */
	static Result<PageBlocks> try_take(u32 pages, s32 node);

	u32 pages() const { return pages_; }
	std::span<const Extent> extents() const { return extents_.values().first(extent_count_); }

	/* @index is below pages(). */
	Pfn page(u32 index) const;

	/* Calls @visit with each page of [offset, offset + count), in order. */
	template <class Visit> void for_each_page(u32 offset, u32 count, Visit visit) const
	{
		for (const Extent &extent : extents()) {
			if (!count)
				return;
			if (offset >= extent.pages) {
				offset -= extent.pages;
				continue;
			}
			const u32 here = std::min(extent.pages - offset, count);
			for (u32 i = 0; i < here; i++)
				visit(extent.first + (offset + i));
			count -= here;
			offset = 0;
		}
	}

	/* The pages have found another place: freed, kept or in quarantine. */
	void forget() { extent_count_ = pages_ = 0; }

	/* Frees every block as it is: for pages that nobody outside was told about. */
	void give_back();

private:
	Result<void> try_add(Pfn first, u32 order);

	Buffer<Extent> extents_;
	u32 extent_count_ = 0;
	u32 pages_ = 0;
};

} // namespace tdx
