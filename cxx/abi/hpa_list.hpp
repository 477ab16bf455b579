/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How lists of pages are encoded for the TDX module, and in its answers (TDX Connect ABI, as quoted
 * in the public series). Pure arithmetic: no page is touched here.
 */
#pragma once

#include "base/memory.hpp"

namespace tdx {

/* Bits 51:12 of both words and of every list entry: the HPA of a page has no others. */
inline constexpr u64 kHpaMask = ((u64{1} << 52) - 1) & ~(kPageSize - 1);

/*
 * HPA_LIST_INFO: FIRST_ENTRY in bits 11:3, HPA of the list page in 51:12, LAST_ENTRY in 63:55, all
 * others 0. There is no form without a list page, also not for one page. The module advances
 * FIRST_ENTRY when it is interrupted.
 */
struct HpaListInfo {
	Hpa list;
	u32 first_entry;
	u32 last_entry;

	constexpr u64 encode() const
	{
		return u64{first_entry} << 3 | list.value() | u64{last_entry} << 55;
	}

	static constexpr Result<HpaListInfo> decode(u64 word)
	{
		const u64 reserved = word & (u64{0x7} << 52 | 0x7);
		const HpaListInfo info{Hpa(word & kHpaMask), truncate<u32>(word >> 3 & 0x1FF),
				       truncate<u32>(word >> 55)};

		if (reserved || info.first_entry > info.last_entry)
			return failure(Errno::kInvalid);
		return info;
	}

	friend constexpr bool operator==(const HpaListInfo &, const HpaListInfo &) = default;
};

/*
 * HPA_ARRAY_T: HPA in bits 51:12, SIZE = count - 1 in 63:55, all others 0. One page is a singleton:
 * the HPA is that page itself. From two on it is a list page: "a list page with one entry" cannot
 * be expressed.
 */
constexpr u64 hpa_array(u32 count, Hpa first_page, Hpa list)
{
	return (count == 1 ? first_page : list).value() | u64{count - 1} << 55;
}

/*
 * AUX_PAGE_PA of the DELETE leaves: where the module writes the list of pages it released. It must
 * be 0 for an object of one page, which comes back in a register, and is the plain HPA of a list
 * page otherwise.
 */
constexpr u64 aux_page(u32 count, Hpa list)
{
	return count == 1 ? 0 : list.value();
}

static_assert(HpaListInfo{Hpa(0x12345000), 0, 0}.encode() == 0x0000000012345000);
static_assert(HpaListInfo{Hpa(0x12345000), 0, 511}.encode() == 0xFF80000012345000);
static_assert(HpaListInfo{Hpa(0x12345000), 3, 510}.encode() == 0xFF00000012345018);
static_assert(HpaListInfo::decode(0xFF00000012345018) == HpaListInfo{Hpa(0x12345000), 3, 510});
static_assert(!HpaListInfo::decode(0xFF00000012345019) && !HpaListInfo::decode(0xFF10000012345018));
static_assert(!HpaListInfo::decode(0x0000000012345008), "first entry after the last one");
static_assert(hpa_array(1, Hpa(0x7000), Hpa(0x9000)) == 0x7000);
static_assert(hpa_array(2, Hpa(0x7000), Hpa(0x9000)) == 0x0080000000009000);
static_assert(hpa_array(512, Hpa(0x7000), Hpa(0x9000)) == 0xFF80000000009000);
static_assert(aux_page(1, Hpa(0x9000)) == 0 && aux_page(2, Hpa(0x9000)) == 0x9000);

} // namespace tdx
