/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An extent: neighbouring blocks of one order. One word each, so that an array on fragmented memory
 * costs no more than one of pointers.
 */
#pragma once

#include "base/cast.hpp"
#include "base/types.hpp"

namespace tdx {

/* First frame in bits 39:0, order in 43:40, number of blocks less one in 63:44. */
class Extent {
public:
	static constexpr u32 kMaxBlocks = u32{1} << 20;

	constexpr Extent() = default;
	constexpr Extent(Pfn first, u32 order, u32 blocks)
		: word_(first.value() | u64{order} << 40 | u64{blocks - 1} << 44)
	{
	}

	constexpr Pfn first() const { return Pfn(word_ & ((u64{1} << 40) - 1)); }
	constexpr u32 order() const { return truncate<u32>(word_ >> 40 & 0xF); }
	constexpr u32 blocks() const { return truncate<u32>(word_ >> 44) + 1; }
	constexpr u32 pages() const { return blocks() << order(); }
	constexpr Pfn block(u32 number) const { return first() + (u64{number} << order()); }

	/* The frame after the last one. */
	constexpr Pfn end() const { return block(blocks()); }

private:
	u64 word_ = 0;
};

static_assert(sizeof(Extent) == 8);
static_assert(Extent(Pfn(0xFFFFFFFFFF), 10, Extent::kMaxBlocks).first() == Pfn(0xFFFFFFFFFF));
static_assert(Extent(Pfn(0x1000), 10, Extent::kMaxBlocks).blocks() == Extent::kMaxBlocks);
static_assert(Extent(Pfn(0x1000), 10, 12).pages() == 12288 &&
	      Extent(Pfn(0x1000), 10, 12).order() == 10);
static_assert(Extent(Pfn(0x1000), 1, 2).end() == Pfn(0x1004));
static_assert(Extent(Pfn(0x1000), 0, Extent::kMaxBlocks).end() == Pfn(0x101000));

} // namespace tdx
