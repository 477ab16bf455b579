/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The holder of an array's pages, in the order of the array: blocks of the page allocator, or pages
 * that a caller owns and lets the array use.
 *
 * The holder never frees by itself: what each page needs first is not its business. Whoever ends
 * the array walks the extents, decides, and then says forget(); a holder that dies with pages is a
 * defect and says so.
 */
#pragma once

#include <algorithm>

#include "extent.hpp"
#include "memory.hpp"
#include "result.hpp"

namespace tdx {

/* Who gets a page back that is safe again. */
enum class PageOrigin : u8 {
	kAllocator, /* the array took it and frees it */
	kCaller,    /* adopted: the caller goes on owning it */
};

enum class Charge : u8 {
	kNobody,
	kCallersCgroup
};

/* Where pages come from, and who pays for them. */
struct Placement {
	s32 node = TDX_SHIM_ANY_NODE;
	Charge charge = Charge::kNobody;
};

class PageBlocks {
public:
	PageBlocks() = default;
	PageBlocks(PageBlocks &&other) noexcept
		: extents_(std::move(other.extents_)),
		  extent_count_(std::exchange(other.extent_count_, 0)),
		  pages_(std::exchange(other.pages_, 0)), origin_(other.origin_)
	{
	}
	PageBlocks &operator=(PageBlocks &&other) noexcept
	{
		std::swap(extents_, other.extents_);
		std::swap(extent_count_, other.extent_count_);
		std::swap(pages_, other.pages_);
		std::swap(origin_, other.origin_);
		return *this;
	}
	~PageBlocks();

	/* The ways to come by pages. On failure nothing is kept. */

	/* In the largest blocks there are without effort; single pages in the end. */
	static Result<PageBlocks> try_take(u32 pages, Placement placement);

	/* One contiguous range. */
	static Result<PageBlocks> try_take_contiguous(u32 pages, Placement placement);

	/* @queues blocks of 2^order pages, then @pages more. */
	static Result<PageBlocks> try_take_with_queues(u32 queues, u32 order, u32 pages,
						       Placement placement);

	/*
	 * Pages of the caller. Fails with kInvalid when one stands there twice, or cannot be held
	 * by a reference of its own.
	 */
	static Result<PageBlocks> try_adopt(std::span<const Pfn> pages);

	u32 pages() const { return pages_; }
	PageOrigin origin() const { return origin_; }
	std::span<const Extent> extents() const { return extents_.values().first(extent_count_); }

	/* @index is below pages(). */
	Pfn page(u32 index) const;

	/* Calls @visit with each page of [offset, offset + count), in order. */
	template <class Visit> void for_each_page(u32 offset, u32 count, Visit visit) const
	{
		for (const Extent &extent : extents()) {
			if (!count)
				return;
			if (offset >= extent.pages()) {
				offset -= extent.pages();
				continue;
			}
			const u32 here = std::min(extent.pages() - offset, count);
			for (u32 i = 0; i < here; i++)
				visit(extent.first() + (offset + i));
			count -= here;
			offset = 0;
		}
	}

	/* The pages have found another place: given back, kept or in quarantine. */
	void forget() { extent_count_ = pages_ = 0; }

	/* Gives every page back as it is: for pages that nobody outside was told about. */
	void give_back();

private:
	Result<void> try_grow(u32 pages, Placement placement);
	Result<void> try_add_taken(Pfn first, u32 order);
	Result<void> try_add(Pfn first, u32 order);

	Buffer<Extent> extents_;
	u32 extent_count_ = 0;
	u32 pages_ = 0;
	PageOrigin origin_ = PageOrigin::kAllocator;
};

} // namespace tdx
