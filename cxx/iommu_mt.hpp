/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IOMMU_MT: the list of an IOMMU's metadata (TDX Connect ABI specification 858625, table 3.35, as
 * quoted in the public series). Its first two entries are queues, T-IQ and T-CTXIQ, each of several
 * contiguous pages; all others are single pages. Pure arithmetic.
 */
#pragma once

#include "hpa_list.hpp"

namespace tdx {

inline constexpr u32 kIommuQueues = 2;

/* One entry: HPA in bits 51:12; NUM_PAGES in bits 11:0 when there is more than one page, else 0. */
struct IommuMtEntry {
	Hpa hpa;
	u32 pages;

	constexpr u64 encode() const
	{
		return (hpa.value() & kHpaMask) | (pages > 1 ? u64{pages} : 0);
	}

	static constexpr Result<IommuMtEntry> decode(u64 word)
	{
		const u32 pages = truncate<u32>(word & (kPageSize - 1));

		/* "One page" is written as 0. */
		if (word & ~(kHpaMask | (kPageSize - 1)) || pages == 1)
			return Failure(Errno::kInvalid);
		return IommuMtEntry{Hpa(word & kHpaMask), pages ? pages : 1};
	}

	friend constexpr bool operator==(const IommuMtEntry &, const IommuMtEntry &) = default;
};

/*
 * Stands behind the last entry: a reserved bit, which is no entry. The leaf is not told how many there
 * are, and a module that wants more than were made must not find what the list page held before.
 */
inline constexpr u64 kNoIommuMtEntry = u64{1} << 63;

static_assert(!IommuMtEntry::decode(kNoIommuMtEntry));
static_assert(IommuMtEntry{Hpa(0x8000), 2}.encode() == 0x8002);
static_assert(IommuMtEntry{Hpa(0x8000), 1}.encode() == 0x8000);
static_assert(IommuMtEntry::decode(0x8002) == IommuMtEntry{Hpa(0x8000), 2});
static_assert(IommuMtEntry::decode(0x8000) == IommuMtEntry{Hpa(0x8000), 1});
static_assert(!IommuMtEntry::decode(0x8001) && !IommuMtEntry::decode(u64{1} << 52 | 0x8000));

} // namespace tdx
