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

inline Shape shape_of(const PageArray &array)
{
	const s32 node = tdx_shim_node_of(array.page(0).value());
	Shape shape{array.pages(), 0, node, node, array.origin(), !array.layout().is_plain()};
	const auto count_in = [&](Pfn page) {
		const s32 there = tdx_shim_node_of(page.value());
		shape.lowest_node = std::min(shape.lowest_node, there);
		shape.highest_node = std::max(shape.highest_node, there);
	};

	array.extents().for_each([&](Extent extent) {
		shape.blocks += extent.blocks();
		count_in(extent.first());
		if (extent.pages() > 1)
			count_in(extent.first() + (extent.pages() - 1));
	});
	return shape;
}

} // namespace tdx
