// SPDX-License-Identifier: GPL-2.0
#include "page_blocks.hpp"

namespace tdx {

namespace {

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
 * Takes blocks from large to small. On the wished node first, down to single pages; then anywhere,
 * where single pages are worth an effort.
 */
class BlockTaker {
public:
	explicit BlockTaker(Placement placement)
		: placement_(placement), on_node_(placement.node != TDX_SHIM_ANY_NODE),
		  order_(tdx_shim_max_block_order())
	{
	}

	u32 order() const { return order_; }

	/* A block of at most @pages pages; its order is order() then. None when memory is out. */
	Pfn take(u32 pages)
	{
		order_ = std::min<u32>(order_, std::bit_width(pages) - 1);
		for (;;) {
			const Pfn first(tdx_shim_alloc_block(order_, placement_.node, flags()));
			if (!first.is_none())
				return first;
			if (order_) {
				order_--;
			} else if (on_node_) {
				on_node_ = false;
				order_ = std::min<u32>(tdx_shim_max_block_order(),
						       std::bit_width(pages) - 1);
			} else {
				return Pfn();
			}
		}
	}

private:
	u32 flags() const
	{
		const u32 flags = flags_of(placement_.charge);

		if (on_node_)
			return flags | TDX_SHIM_ONLY_THIS_NODE;
		return order_ ? flags : flags | TDX_SHIM_WITH_EFFORT;
	}

	Placement placement_;
	bool on_node_;
	u32 order_;
};

} // namespace

PageBlocks::~PageBlocks()
{
	if (pages_)
		tdx_shim_broken_promise("a page array dies while it holds %u pages: they are lost",
					pages_);
}

Result<PageBlocks> PageBlocks::try_take(u32 pages, Placement placement)
{
	PageBlocks blocks;

	TRY(blocks.try_grow(pages, placement));
	return blocks;
}

Result<PageBlocks> PageBlocks::try_take_with_queues(u32 queues, u32 order, u32 pages,
						    Placement placement)
{
	const u32 flags = flags_of(placement.charge) | TDX_SHIM_WITH_EFFORT;
	PageBlocks blocks;

	for (u32 i = 0; i < queues; i++) {
		const Pfn first(tdx_shim_alloc_block(order, placement.node, flags));
		if (first.is_none() || !blocks.try_add_taken(first, order)) {
			blocks.give_back();
			return Failure(Errno::kNoMemory);
		}
	}
	TRY(blocks.try_grow(pages, placement));
	return blocks;
}

/*
 * A power of two is one block. Anything else is single pages side by side: a block whose end is
 * given back at once, or, when no block is large enough, a range that the page allocator clears.
 */
Result<PageBlocks> PageBlocks::try_take_contiguous(u32 pages, Placement placement)
{
	const u32 flags = flags_of(placement.charge) | TDX_SHIM_WITH_EFFORT;
	const u32 order = std::bit_width(pages - 1);
	PageBlocks blocks;
	Pfn first;

	if (order > tdx_shim_max_block_order()) {
		first = Pfn(tdx_shim_alloc_range(pages, placement.node));
	} else {
		first = Pfn(tdx_shim_alloc_block(order, placement.node, flags));
		if (!first.is_none() && pages == u32{1} << order) {
			TRY(blocks.try_add_taken(first, order));
			return blocks;
		}
		if (!first.is_none()) {
			tdx_shim_split_block(first.value(), order);
			for (u32 i = pages; i < u32{1} << order; i++)
				tdx_shim_free_block((first + i).value(), 0);
		}
	}
	if (first.is_none())
		return Failure(Errno::kNoMemory);
	for (u32 i = 0; i < pages; i++) {
		if (blocks.try_add(first + i, 0))
			continue;
		for (; i < pages; i++)
			tdx_shim_free_block((first + i).value(), 0);
		blocks.give_back();
		return Failure(Errno::kNoMemory);
	}
	return blocks;
}

Result<PageBlocks> PageBlocks::try_adopt(std::span<const Pfn> pages)
{
	auto sorted = TRY(Buffer<u64>::try_make(pages.size()));
	PageBlocks blocks;

	blocks.origin_ = PageOrigin::kCaller;
	std::ranges::transform(pages, sorted.values().begin(), &Pfn::value);
	std::ranges::sort(sorted.values());
	if (std::ranges::adjacent_find(sorted.values()) != sorted.values().end())
		return Failure(Errno::kInvalid);
	for (const Pfn page : pages) {
		if (!tdx_shim_page_can_be_held(page.value())) {
			blocks.give_back();
			return Failure(Errno::kInvalid);
		}
		if (!blocks.try_add(page, 0)) {
			blocks.give_back();
			return Failure(Errno::kNoMemory);
		}
	}
	return blocks;
}

Result<void> PageBlocks::try_grow(u32 pages, Placement placement)
{
	const u32 wanted = pages_ + pages;
	BlockTaker taker(placement);

	while (pages_ < wanted) {
		const Pfn first = taker.take(wanted - pages_);
		if (first.is_none() || !try_add_taken(first, taker.order())) {
			give_back();
			return Failure(Errno::kNoMemory);
		}
		tdx_shim_breathe();
	}
	return {};
}

/* Adds a block that was just allocated, or frees it. */
Result<void> PageBlocks::try_add_taken(Pfn first, u32 order)
{
	const auto added = try_add(first, order);

	if (!added)
		tdx_shim_free_block(first.value(), order);
	return added;
}

Result<void> PageBlocks::try_add(Pfn first, u32 order)
{
	std::span<Extent> room = extents_.values();

	if (extent_count_ && room[extent_count_ - 1].continues_with(first, order)) {
		const Extent last = room[extent_count_ - 1];
		room[extent_count_ - 1] = Extent(last.first(), order, last.blocks() + 1);
	} else {
		if (extent_count_ == room.size()) {
			auto larger = TRY(
				Buffer<Extent>::try_make(std::max<u64>(4, 2 * room.size())));
			std::ranges::copy(room, larger.values().begin());
			extents_ = std::move(larger);
			room = extents_.values();
		}
		room[extent_count_++] = Extent(first, order, 1);
	}
	pages_ += u32{1} << order;
	return {};
}

void PageBlocks::give_back()
{
	if (origin_ == PageOrigin::kAllocator)
		for (const Extent &extent : extents())
			for (u32 i = 0; i < extent.blocks(); i++)
				tdx_shim_free_block(extent.block(i).value(), extent.order());
	forget();
}

Pfn PageBlocks::page(u32 index) const
{
	Pfn found;

	for_each_page(index, 1, [&](Pfn page) { found = page; });
	return found;
}

} // namespace tdx
