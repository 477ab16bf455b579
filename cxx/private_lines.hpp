/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cache lines of private KeyIDs must not outlive this kernel: whatever runs next would see them
 * written over its own memory.
 */
#pragma once

#include "leaf.hpp"

namespace tdx::private_lines {

/* May the caches have private lines after @leaf? */
constexpr bool are_made_by(Leaf leaf)
{
	switch (leaf) {
	case Leaf::kPhymemPageRdmd:
	case Leaf::kPhymemPageReclaim:
	case Leaf::kSysRd:
	case Leaf::kPhymemPageWbinvd:
		return false;
	case Leaf::kMngAddcx:
	case Leaf::kVpAddcx:
	case Leaf::kMngCreate:
	case Leaf::kVpCreate:
	case Leaf::kExtInit:
	case Leaf::kExtMemAdd:
	case Leaf::kQuoteGet:
	case Leaf::kQuoteInit:
	case Leaf::kIommuSetup:
	case Leaf::kIommuClear:
	case Leaf::kSpdmCreate:
	case Leaf::kSpdmDelete:
	case Leaf::kIdeStreamCreate:
	case Leaf::kIdeStreamBlock:
	case Leaf::kIdeStreamDelete:
	case Leaf::kIdeStreamKm:
	case Leaf::kSpdmConnect:
	case Leaf::kSpdmDisconnect:
	case Leaf::kSpdmMng:
		return true;
	}
	return true;
}

/* Read where caches may have to be written back. */
inline constinit bool possible = false;

/* From now on there may be private lines. */
inline void expect()
{
	__atomic_store_n(&possible, true, __ATOMIC_RELAXED);
}

/* Before @leaf is issued. */
inline void expect_after(Leaf leaf)
{
	if (are_made_by(leaf))
		expect();
}

/* Writes all caches back, if there may be such lines. Returns whether it did. */
bool write_back();

} // namespace tdx::private_lines
