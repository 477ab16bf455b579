// SPDX-License-Identifier: GPL-2.0
#include "array/page_blocks.hpp"

namespace tdx {

namespace {

/* Of 2 MiB. */
constexpr u32 kHugePageOrder = 9;

/* Single pages that are taken at once. */
constexpr u32 kAtOnce = ExtentList::kMaxMore;

/*
 * The order to try after @order, which failed. Memory that has no block of it is scattered, and each try costs as
 * much as several single pages: so there are few steps. Blocks of 2 MiB are worth one of their own, because they keep
 * huge pages whole.
 */
constexpr u32 order_after(u32 order)
{
	return order > kHugePageOrder ? kHugePageOrder : 0;
}

} // namespace

/*
 * In descending orders without reclaim, and an order that failed is not tried again; single pages, the last resort,
 * are worth an effort. This is how the kernel's system DMA heap collects a buffer (alloc_largest_available() in
 * drivers/dma-buf/heaps/system_heap.c). What a node that was asked for does not have comes from the others, in the
 * same way.
 */
Result<void> PageBlocks::try_take(u32 pages, Placement placement)
{
	bool on_node = placement.node != TDX_SHIM_ANY_NODE;
	u32 order = tdx_shim_max_block_order();

	for (u32 left = pages; left;) {
		std::array<u64, kAtOnce> pfns UNINITIALIZED;
		u32 taken = std::min(left, kAtOnce);

		order = std::min<u32>(order, std::bit_width(left) - 1);
		const u32 effort = order ? 0 : TDX_SHIM_WITH_EFFORT;
		const u32 flags = placement.flags | (on_node ? TDX_SHIM_ONLY_THIS_NODE : effort);
		TRY(extents_.try_make_room(order ? 1 : taken));
		if (order) {
			pfns[0] = tdx_shim_alloc_block(order, placement.node, flags);
			taken = pfns[0] != 0;
		} else {
			taken = tdx_shim_alloc_pages(pfns.data(), taken, placement.node, flags);
		}
		for (const u64 pfn : std::span(pfns).first(taken))
			extents_.add(Extent(Pfn(pfn), order, 1));
		left -= taken << order;
		if (!taken && !order && !std::exchange(on_node, false))
			return failure(Errno::kNoMemory);
		if (!taken)
			order = order ? order_after(order) : tdx_shim_max_block_order();
		tdx_shim_cond_resched();
	}
	return {};
}

Result<void> PageBlocks::try_take_with_queues(u32 queues, u32 order, u32 pages, Placement placement)
{
	/* A new list has room for so few. */
	for (u32 i = 0; i < queues; i++) {
		const u64 first = tdx_shim_alloc_block(order, placement.node,
						       placement.flags | TDX_SHIM_WITH_EFFORT);
		if (!first)
			return failure(Errno::kNoMemory);
		extents_.add(Extent(Pfn(first), order, 1));
	}
	return try_take(pages, placement);
}

/*
 * A power of two is one block. Anything else is single pages side by side: a block whose end is
 * given back at once, or, when no block is large enough, a range that the page allocator clears.
 */
Result<void> PageBlocks::try_take_contiguous(u32 pages, Placement placement)
{
	const u32 order = std::bit_width(pages - 1);
	const bool is_block = order <= tdx_shim_max_block_order();

	TRY(extents_.try_make_room(pages / Extent::kMaxBlocks + 1));
	const u64 first = is_block ? tdx_shim_alloc_block(order, placement.node,
							  placement.flags | TDX_SHIM_WITH_EFFORT)
				   : tdx_shim_alloc_range(pages, placement.node);
	if (!first)
		return failure(Errno::kNoMemory);
	if (pages == u32{1} << order && is_block) {
		extents_.add(Extent(Pfn(first), order, 1));
		return {};
	}
	if (is_block) {
		tdx_shim_split_block(first, order);
		for (u32 i = pages; i < u32{1} << order; i++)
			tdx_shim_free_block(first + i, 0);
	}
	for (u32 done = 0; done < pages;) {
		const u32 blocks = std::min(pages - done, Extent::kMaxBlocks);
		extents_.add(Extent(Pfn(first + done), 0, blocks));
		done += blocks;
	}
	return {};
}

Result<void> PageBlocks::try_adopt(const char *caller, std::span<page *const> pages)
{
	origin_ = PageOrigin::kCaller;
	for (u32 i = 0; i < pages.size(); i++) {
		const u64 pfn = tdx_shim_pfn(pages[i]);
		if (const char *reason = tdx_shim_unfit(pfn))
			return REFUSE(caller, Errno::kInvalid, "page %u %s", i, reason);
		TRY(extents_.try_make_room(1));
		const s32 error = tdx_shim_adopt_page(pfn);
		if (error == negative(Errno::kBusy)) {
			const auto same = std::ranges::find(pages.first(i), pages[i]);
			return REFUSE(caller, Errno::kInvalid, "page %td %s", same - pages.begin(),
				      same == pages.begin() + i
					      ? "is in another array, or in quarantine"
					      : "is listed twice");
		}
		if (error)
			return failure(Errno::kNoMemory);
		extents_.add(Extent(Pfn(pfn), 0, 1));
	}
	return {};
}

void PageBlocks::give_back()
{
	for (const Extent extent : extents_)
		for (u32 i = 0; i < extent.blocks(); i++) {
			give_back(extent.block(i), extent.order());
			tdx_shim_cond_resched();
		}
	forget();
}

} // namespace tdx
