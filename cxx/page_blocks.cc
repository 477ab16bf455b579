// SPDX-License-Identifier: GPL-2.0
#include "page_blocks.hpp"

#include <bit>

namespace tdx {

PageBlocks::~PageBlocks()
{
	if (pages_)
		tdx_shim_broken_promise("a page array dies while it holds %u pages: they are lost",
					pages_);
}

Result<PageBlocks> PageBlocks::try_take(u32 pages, s32 node)
{
	PageBlocks blocks;
	u32 order = tdx_shim_max_block_order();

	while (blocks.pages_ < pages) {
		order = std::min<u32>(order, std::bit_width(pages - blocks.pages_) - 1);
		const Pfn first(tdx_shim_alloc_block(order, node));
		if (first.is_none() && order) {
			order--;
			continue;
		}
		if (first.is_none() || !blocks.try_add(first, order)) {
			if (!first.is_none())
				tdx_shim_free_block(first.value(), order);
			blocks.give_back();
			return Failure(Errno::kNoMemory);
		}
		tdx_shim_breathe();
	}
	return blocks;
}

Result<void> PageBlocks::try_add(Pfn first, u32 order)
{
	const u32 block_pages = u32{1} << order;
	std::span<Extent> room = extents_.values();

	if (extent_count_) {
		Extent &last = room[extent_count_ - 1];
		if (last.order == order && last.first + last.pages == first) {
			last.pages += block_pages;
			pages_ += block_pages;
			return {};
		}
	}
	if (extent_count_ == room.size()) {
		auto larger = TRY(Buffer<Extent>::try_make(std::max<u64>(4, 2 * room.size())));
		std::ranges::copy(room, larger.values().begin());
		extents_ = std::move(larger);
		room = extents_.values();
	}
	room[extent_count_++] = Extent{first, block_pages, order};
	pages_ += block_pages;
	return {};
}

void PageBlocks::give_back()
{
	for (const Extent &extent : extents())
		for (u32 done = 0; done < extent.pages; done += extent.block_pages())
			tdx_shim_free_block((extent.first + done).value(), extent.order);
	forget();
}

Pfn PageBlocks::page(u32 index) const
{
	Pfn found;

	for_each_page(index, 1, [&](Pfn page) { found = page; });
	return found;
}

} // namespace tdx
