// SPDX-License-Identifier: GPL-2.0
#include "page_blocks.hpp"

namespace tdx {

namespace {

/*
 * 2 MiB; and the largest that the page allocator keeps lists of for each CPU (PAGE_ALLOC_COSTLY_ORDER),
 * which it empties when such blocks go back to them one after the other.
 */
constexpr u32 kHugePageOrder = 9;
constexpr u32 kSmallOrder = 3;

u32 flags_of(Charge charge)
{
	switch (charge) {
	case Charge::kNobody:
		return 0;
	case Charge::kCallersCgroup:
		return TDX_SHIM_ACCOUNT;
	}
	return 0;
}

/*
 * The order to try when there was no block of @order after all. Memory that has none is scattered, and
 * each try costs as much as several single pages: so there are few steps. Blocks of 2 MiB are worth one
 * of their own, because they keep huge pages whole.
 */
constexpr u32 smaller_order(u32 order)
{
	return order > kHugePageOrder ? kHugePageOrder : 0;
}

/*
 * Takes blocks from large to small. On the wished node first, down to single pages; then anywhere,
 * where single pages are worth an effort.
 */
class BlockTaker {
public:
	/* Begins with blocks of @order at most. */
	BlockTaker(Placement placement, u32 order)
		: placement_(placement), on_node_(placement.node != TDX_SHIM_ANY_NODE),
		  order_(order)
	{
	}

	u32 order() const { return order_; }

	/*
	 * One block of at most @pages pages, or several single pages; their order is order() then.
	 * Nothing when memory is out. What is returned lives as long as this, and until the next call.
	 */
	std::span<const u64> take(u32 pages)
	{
		for (;;) {
			order_ = std::min<u32>(order_, std::bit_width(pages) - 1);
			if (order_)
				order_ = worthwhile_order();
			const u32 taken = take_some(pages);
			if (taken)
				return std::span(pfns_).first(taken);
			if (order_) {
				order_ = smaller_order(order_);
			} else if (on_node_) {
				on_node_ = false;
				order_ = tdx_shim_max_block_order();
			} else {
				return {};
			}
		}
	}

private:
	/* Small blocks are fine for small arrays, but no better than single pages for others. */
	u32 worthwhile_order() const
	{
		const u32 available = tdx_shim_available_order(order_, placement_.node, flags());

		return available == order_ || available > kSmallOrder ? available : 0;
	}

	u32 take_some(u32 pages)
	{
		if (!order_ && pages > 1)
			return tdx_shim_alloc_pages(pfns_.data(), std::min(pages, kAtOnce),
						    placement_.node, flags());
		pfns_[0] = tdx_shim_alloc_block(order_, placement_.node, flags());
		return pfns_[0] != 0;
	}

	u32 flags() const
	{
		const u32 flags = flags_of(placement_.charge);

		if (on_node_)
			return flags | TDX_SHIM_ONLY_THIS_NODE;
		return order_ ? flags : flags | TDX_SHIM_WITH_EFFORT;
	}

	static constexpr u32 kAtOnce = ExtentList::kMaxMore;

	Placement placement_;
	bool on_node_;
	u32 order_;
	std::array<u64, kAtOnce> pfns_;
};

} // namespace

Result<void> PageBlocks::try_take(u32 pages, Placement placement)
{
	const u32 order = std::bit_width(pages) - 1;

	/* A few pages in one block need no search, if there is such a block. */
	if (!pages_ && order <= kSmallOrder && pages == u32{1} << order &&
	    placement.node == TDX_SHIM_ANY_NODE) {
		const u32 flags = flags_of(placement.charge);
		const u64 first = tdx_shim_alloc_block(
			order, TDX_SHIM_ANY_NODE, order ? flags : flags | TDX_SHIM_WITH_EFFORT);
		if (first) {
			extents_.add(Extent(Pfn(first), order, 1));
			pages_ = pages;
			return {};
		}
		return order ? try_take_blocks(pages, placement, 0) : Failure(Errno::kNoMemory);
	}
	return try_take_blocks(pages, placement, tdx_shim_max_block_order());
}

Result<void> PageBlocks::try_take_blocks(u32 pages, Placement placement, u32 order)
{
	const u32 wanted = pages_ + pages;
	BlockTaker taker(placement, order);

	for (;;) {
		const auto pfns = taker.take(wanted - pages_);
		if (pfns.empty() || !try_add_taken(pfns, taker.order())) {
			give_back();
			return Failure(Errno::kNoMemory);
		}
		if (pages_ == wanted)
			return {};
		tdx_shim_breathe();
	}
}

Result<void> PageBlocks::try_take_with_queues(u32 queues, u32 order, u32 pages, Placement placement)
{
	const u32 flags = flags_of(placement.charge) | TDX_SHIM_WITH_EFFORT;

	for (u32 i = 0; i < queues; i++) {
		const u64 first = tdx_shim_alloc_block(order, placement.node, flags);
		if (!first || !try_add_taken({&first, 1}, order)) {
			give_back();
			return Failure(Errno::kNoMemory);
		}
	}
	return try_take(pages, placement);
}

/*
 * A power of two is one block. Anything else is single pages side by side: a block whose end is
 * given back at once, or, when no block is large enough, a range that the page allocator clears.
 */
Result<void> PageBlocks::try_take_contiguous(u32 pages, Placement placement)
{
	const u32 flags = flags_of(placement.charge) | TDX_SHIM_WITH_EFFORT;
	const u32 order = std::bit_width(pages - 1);
	u64 first;

	if (order > tdx_shim_max_block_order()) {
		first = tdx_shim_alloc_range(pages, placement.node);
	} else {
		first = tdx_shim_alloc_block(order, placement.node, flags);
		if (first && pages == u32{1} << order)
			return try_add_taken({&first, 1}, order);
		if (first) {
			tdx_shim_split_block(first, order);
			for (u32 i = pages; i < u32{1} << order; i++)
				tdx_shim_free_block(first + i, 0);
		}
	}
	if (!first)
		return Failure(Errno::kNoMemory);
	return try_add_neighbours(Pfn(first), pages);
}

/* Adds single pages side by side that were just allocated, or frees them. */
Result<void> PageBlocks::try_add_neighbours(Pfn first, u32 pages)
{
	while (pages_ < pages) {
		if (!extents_.try_make_room(1)) {
			for (u32 i = pages_; i < pages; i++)
				tdx_shim_free_block((first + i).value(), 0);
			give_back();
			return Failure(Errno::kNoMemory);
		}
		const u32 blocks = std::min(pages - pages_, Extent::kMaxBlocks);
		extents_.add(Extent(first + pages_, 0, blocks));
		pages_ += blocks;
	}
	return {};
}

Result<void> PageBlocks::try_adopt(std::span<const Pfn> pages)
{
	auto sorted = TRY(Buffer<u64>::try_make(pages.size()));

	origin_ = PageOrigin::kCaller;
	std::ranges::transform(pages, sorted.values().begin(), &Pfn::value);
	std::ranges::sort(sorted.values());
	const auto twice = std::ranges::adjacent_find(sorted.values());
	if (twice != sorted.values().end()) {
		tdx_shim_error("tdx_page_array_adopt: page %td is listed twice",
			       std::ranges::find(pages, Pfn(*twice)) - pages.begin());
		return Failure(Errno::kInvalid);
	}
	for (u32 i = 0; i < pages.size(); i++) {
		if (tdx_shim_page_can_be_held(pages[i].value()))
			continue;
		tdx_shim_error("tdx_page_array_adopt: page %u has no reference count of its own",
			       i);
		return Failure(Errno::kInvalid);
	}
	for (const Pfn page : pages) {
		const u64 pfn = page.value();
		if (!try_add({&pfn, 1}, 0)) {
			give_back();
			return Failure(Errno::kNoMemory);
		}
	}
	return {};
}

/* Adds blocks that were just allocated, or frees them. */
Result<void> PageBlocks::try_add_taken(std::span<const u64> pfns, u32 order)
{
	const auto added = try_add(pfns, order);

	if (!added)
		for (const u64 pfn : pfns)
			tdx_shim_free_block(pfn, order);
	return added;
}

/* All of the blocks, of which there are ExtentList::kMaxMore at most, or none. */
Result<void> PageBlocks::try_add(std::span<const u64> pfns, u32 order)
{
	TRY(extents_.try_make_room(truncate<u32>(pfns.size())));

	/* The frame after the last block, if it has this order: 0 is no frame. */
	u64 next = 0;
	if (!extents_.is_empty() && extents_.last().order() == order)
		next = extents_.last().end().value();
	for (const u64 pfn : pfns) {
		if (pfn == next && extents_.last().blocks() < Extent::kMaxBlocks)
			extents_.last() = extents_.last().with_next_block();
		else
			extents_.add(Extent(Pfn(pfn), order, 1));
		next = pfn + (u64{1} << order);
	}
	pages_ += pfns.size() << order;
	return {};
}

void PageBlocks::free_extents()
{
	Breather breather;

	extents_.for_each([&](Extent extent) { free_blocks(extent, breather); });
}

Pfn PageBlocks::page_beyond_first(u32 index) const
{
	Pfn found;

	for_each_run_beyond_first(index, 1, [&](Pfn first, u32) { found = first; });
	return found;
}

} // namespace tdx
