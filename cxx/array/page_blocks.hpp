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

#include <span>

#include "array/extent_list.hpp"

namespace tdx {

/* Who gets a page back that is safe again. */
enum class PageOrigin : u8 {
	kAllocator, /* the array took it and frees it */
	kCaller,    /* adopted: the caller goes on owning it */
};

/* Where pages come from, and who pays for them: flags of the shim. */
struct Placement {
	s32 node = TDX_SHIM_ANY_NODE;
	u32 flags = 0;
};

class PageBlocks {
public:
	PageBlocks() = default;
	PageBlocks(const PageBlocks &) = delete;
	PageBlocks &operator=(const PageBlocks &) = delete;
	~PageBlocks()
	{
		if (pages())
			tdx_shim_report(
				TDX_SHIM_OWN_BUG,
				"a page array is destroyed while it holds %u pages, which are lost",
				pages());
	}

	/* The ways to get pages. Those that were taken before a failure stay until give_back(). */

	/* In the largest blocks that there are; single pages in the end. */
	Result<void> try_take(u32 pages, Placement placement);

	/* One contiguous range. */
	Result<void> try_take_contiguous(u32 pages, Placement placement);

	/* @queues blocks of 2^order pages, then @pages more. */
	Result<void> try_take_with_queues(u32 queues, u32 order, u32 pages, Placement placement);

	/* Pages of the caller, which the log names if one of them cannot be handed over safely. */
	Result<void> try_adopt(const char *caller, std::span<page *const> pages);

	u32 pages() const { return extents_.pages(); }
	PageOrigin origin() const { return origin_; }
	const ExtentList &extents() const { return extents_; }

	/* The pages are no longer held here: they were given back, are kept or in quarantine. */
	void forget() { extents_.clear(); }

	/* One block of the array goes back, to the page allocator or to its owner, as it is. */
	void give_back(Pfn first, u32 order) const
	{
		switch (origin_) {
		case PageOrigin::kAllocator:
			tdx_shim_free_block(first.value(), order);
			break;
		case PageOrigin::kCaller:
			tdx_shim_disown_page(first.value());
			break;
		}
	}

	/* Every page does. */
	void give_back();

private:
	ExtentList extents_;
	PageOrigin origin_ = PageOrigin::kAllocator;
};

} // namespace tdx
