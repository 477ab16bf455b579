/* SPDX-License-Identifier: GPL-2.0 */
/* How the pages of an array are distributed over the entries of its lists. Pure arithmetic. */
#pragma once

#include "abi/iommu_mt.hpp"

namespace tdx {

/*
 * Entries [0, queues) have 2^queue_order contiguous pages each, all others one page. An array
 * without queues is plain: entry n is page n.
 */
struct Layout {
	u32 queues;
	u32 queue_order;

	/* An IOMMU's metadata: two queues, then single pages. */
	static constexpr Layout iommu_mt(u32 queue_order) { return {kIommuQueues, queue_order}; }

	constexpr bool is_plain() const { return queues == 0; }
	constexpr u32 queue_pages() const { return u32{1} << queue_order; }

	/* Entries that @pages pages need; there are at least the pages of the queues. */
	constexpr u32 entries(u32 pages) const
	{
		return is_plain() ? pages : pages - queues * (queue_pages() - 1);
	}

	constexpr u32 pages_of(u32 entry) const { return entry < queues ? queue_pages() : 1; }

	/* Index of the first page of an entry. */
	constexpr u32 first_page_of(u32 entry) const
	{
		return entry < queues ? entry << queue_order
				      : (queues << queue_order) + entry - queues;
	}
};

static_assert(Layout{}.entries(512) == 512 && Layout{}.first_page_of(7) == 7);
static_assert(Layout::iommu_mt(1).entries(4 + 4) == 2 + 4);
static_assert(Layout::iommu_mt(1).first_page_of(1) == 2 && Layout::iommu_mt(1).pages_of(1) == 2);
static_assert(Layout::iommu_mt(1).first_page_of(2) == 4 && Layout::iommu_mt(1).pages_of(2) == 1);
static_assert(Layout::iommu_mt(0).entries(6) == 6 && Layout::iommu_mt(0).first_page_of(3) == 3);

} // namespace tdx
