/* SPDX-License-Identifier: GPL-2.0 */
/* How an array was made: what never changes about it, for those who look at it while others use it. */
#pragma once

#include <algorithm>

#include "layout.hpp"
#include "page_blocks.hpp"

namespace tdx {

struct Shape {
	u32 pages;
	u32 blocks;
	s32 lowest_node; /* of the memory that the pages are in */
	s32 highest_node;
	PageOrigin origin;
	bool has_queues; /* laid out for an IOMMU */
};

inline Shape shape_of(const PageBlocks &blocks, const Layout &layout)
{
	const s32 node = tdx_shim_node_of(blocks.page(0).value());
	Shape shape{blocks.pages(), 0, node, node, blocks.origin(), !layout.is_plain()};

	for (const Extent &extent : blocks.extents()) {
		shape.blocks += extent.blocks();
		for (const Pfn end : {extent.first(), extent.first() + (extent.pages() - 1)}) {
			const s32 there = tdx_shim_node_of(end.value());
			shape.lowest_node = std::min(shape.lowest_node, there);
			shape.highest_node = std::max(shape.highest_node, there);
		}
	}
	return shape;
}

} // namespace tdx
