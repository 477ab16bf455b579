/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The holder of an array's pages, in the order of the array: blocks of the page allocator, or pages
 * that a caller owns and lets the array use.
 *
 * The holder never frees by itself: what each page needs first is not its business. The code that
 * ends the array walks the extents, decides, and then says forget(); a holder that dies with pages is a
 * defect and says so.
 */
#pragma once

#include <algorithm>
#include <span>

#include "extent_list.hpp"
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

/* Lets other tasks run while many blocks are freed, after about as much work each time. */
class Breather {
public:
	void freed_block_of(u32 order)
	{
		if (!order && ++single_pages_ % kSinglePages)
			return;
		tdx_shim_breathe();
	}

private:
	static constexpr u32 kSinglePages = 16;

	u32 single_pages_ = 0;
};

/* Gives the blocks of an extent back to the page allocator. */
inline void free_blocks(Extent extent, Breather &breather)
{
	const u32 order = extent.order();
	const u64 end = extent.end().value();

	for (u64 pfn = extent.first().value(); pfn != end; pfn += u64{1} << order) {
		tdx_shim_free_block(pfn, order);
		breather.freed_block_of(order);
	}
}

class PageBlocks {
public:
	PageBlocks() = default;
	PageBlocks(const PageBlocks &) = delete;
	PageBlocks &operator=(const PageBlocks &) = delete;
	~PageBlocks()
	{
		if (pages_)
			tdx_shim_own_bug("a page array is destroyed while it holds %u pages, which "
					 "are lost",
					 pages_);
	}

	/* The ways to come by pages, for an empty holder. On failure nothing is kept. */

	/* In the largest blocks that there are to spare; single pages in the end. */
	Result<void> try_take(u32 pages, Placement placement);

	/* One contiguous range. */
	Result<void> try_take_contiguous(u32 pages, Placement placement);

	/* @queues blocks of 2^order pages, then @pages more. */
	Result<void> try_take_with_queues(u32 queues, u32 order, u32 pages, Placement placement);

	/*
	 * Pages of the caller. Fails with kInvalid when one stands there twice, or cannot be held
	 * by a reference of its own.
	 */
	Result<void> try_adopt(std::span<const Pfn> pages);

	u32 pages() const { return pages_; }
	PageOrigin origin() const { return origin_; }
	const ExtentList &extents() const { return extents_; }

	/* Not of an empty holder. */
	Pfn first_page() const { return extents_.first().first(); }

	/* @index is below pages(). */
	Pfn page(u32 index) const
	{
		const Extent first = extents_.first();

		return index < first.pages() ? first.first() + index : page_beyond_first(index);
	}

	/*
	 * Calls @visit with each run of neighbouring pages of [offset, offset + count), in order: the
	 * first page, and how many there are. There is at least one page.
	 */
	template <class Visit> void for_each_run(u32 offset, u32 count, Visit visit) const
	{
		/* Most arrays are one extent. */
		if (const Extent first = extents_.first(); offset + count <= first.pages())
			visit(first.first() + offset, count);
		else
			for_each_run_beyond_first(offset, count, visit);
	}

	/* Calls @visit with each page of [offset, offset + count), in order. */
	template <class Visit> void for_each_page(u32 offset, u32 count, Visit visit) const
	{
		for_each_run(offset, count, [&](Pfn first, u32 pages) {
			for (u32 i = 0; i < pages; i++)
				visit(first + i);
		});
	}

	/* The pages have found another place: given back, kept or in quarantine. */
	void forget()
	{
		extents_.clear();
		pages_ = 0;
	}

	/* Gives every page back as it is. */
	void give_back()
	{
		if (extents_.is_one_block()) {
			give_block_back();
			return;
		}
		if (origin_ == PageOrigin::kAllocator)
			free_extents();
		forget();
	}

	/* The same, when there is one block. */
	void give_block_back()
	{
		const Extent block = extents_.first();

		if (origin_ == PageOrigin::kAllocator)
			tdx_shim_free_block(block.first().value(), block.order());
		forget();
	}

private:
	Pfn page_beyond_first(u32 index) const;
	void free_extents();

	template <class Visit>
	void for_each_run_beyond_first(u32 offset, u32 count, Visit visit) const
	{
		Position position = offset < last_.first_page ? Position{} : last_;
		Extent extent = extents_.at(position.place);

		while (position.first_page + extent.pages() <= offset) {
			position.first_page += extent.pages();
			position.place = extents_.after(position.place);
			extent = extents_.at(position.place);
		}
		last_ = position;

		const u32 skip = offset - position.first_page;
		u32 here = std::min(extent.pages() - skip, count);
		visit(extent.first() + skip, here);
		while (count -= here) {
			position.place = extents_.after(position.place);
			extent = extents_.at(position.place);
			here = std::min(extent.pages(), count);
			visit(extent.first(), here);
		}
	}

	/* The same, in blocks of @order at most. */
	Result<void> try_take_blocks(u32 pages, Placement placement, u32 order);
	Result<void> try_add_taken(std::span<const u64> pfns, u32 order);
	Result<void> try_add(std::span<const u64> pfns, u32 order);
	Result<void> try_add_neighbours(Pfn first, u32 pages);

	/* An extent, and the index of its first page in the array. */
	struct Position {
		ExtentList::Place place;
		u32 first_page = 0;
	};

	ExtentList extents_;
	u32 pages_ = 0;
	/* Where the last look began: the next one mostly goes on from there. */
	mutable Position last_;
	PageOrigin origin_ = PageOrigin::kAllocator;
};

} // namespace tdx
