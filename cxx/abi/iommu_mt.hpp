/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IOMMU_MT: the list of an IOMMU's metadata (TDX Connect ABI specification 858625, table 3.35, as
 * quoted in the public series). Its first two entries are queues, T-IQ and T-CTXIQ, each of several
 * contiguous pages; all others are single pages. Pure arithmetic.
 */
#pragma once

#include "abi/hpa_list.hpp"

namespace tdx {

inline constexpr u32 kIommuQueues = 2;

/* One entry: HPA in bits 51:12; NUM_PAGES in bits 11:0 when there is more than one page, else 0. */
constexpr u64 iommu_mt_entry(Hpa hpa, u32 pages)
{
	return hpa.value() | (pages > 1 ? u64{pages} : 0);
}

/*
 * Follows the last entry: a reserved bit, so it is not a valid entry. The leaf is not told how many entries
 * there are, and a module that reads more must not find what the list page held before.
 */
inline constexpr u64 kNoIommuMtEntry = u64{1} << 63;

static_assert(iommu_mt_entry(Hpa(0x8000), 2) == 0x8002);
static_assert(iommu_mt_entry(Hpa(0x8000), 1) == 0x8000);

} // namespace tdx
