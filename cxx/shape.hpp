/* SPDX-License-Identifier: GPL-2.0 */
/* How an array was made: what never changes about it, for those who look at it while others use it. */
#pragma once

#include <algorithm>

#include "page_array.hpp"

namespace tdx {

struct Shape {
	u32 pages;
	u32 blocks;
	s32 lowest_node; /* of the memory that the pages are in */
	s32 highest_node;
	PageOrigin origin;
	bool has_queues; /* laid out for an IOMMU */
};

/* A block lies on one node; others may lie anywhere. */
[[gnu::noinline]] inline void look_around(const ExtentList &extents, Shape &shape)
{
	const auto look_at = [&](Pfn page) {
		const s32 there = tdx_shim_node_of(page.value());
		shape.lowest_node = std::min(shape.lowest_node, there);
		shape.highest_node = std::max(shape.highest_node, there);
	};

	shape.blocks = 0;
	extents.for_each([&](Extent extent) {
		shape.blocks += extent.blocks();
		look_at(extent.first());
		if (extent.blocks() > 1)
			look_at(extent.block(extent.blocks() - 1));
	});
}

inline Shape shape_of(const PageArray &array)
{
	const s32 node = tdx_shim_node_of(array.first_page().value());
	Shape shape{array.pages(), 1, node, node, array.origin(), !array.layout().is_plain()};

	if (!array.extents().is_one_block())
		look_around(array.extents(), shape);
	return shape;
}

} // namespace tdx
