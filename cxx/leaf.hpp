/* SPDX-License-Identifier: GPL-2.0 */
/* The leaves of the TDX module that the core issues: number (RAX bits 15:0), name. */
#pragma once

#include "types.hpp"

namespace tdx {

enum class Leaf : u16 {
	kMngAddcx = 1,
	kVpAddcx = 4,
	kMngCreate = 9,
	kVpCreate = 10,
	kPhymemPageRdmd = 24,
	kPhymemPageReclaim = 28,
	kSysRd = 34,
	kPhymemCacheWb = 40,
	kPhymemPageWbinvd = 41,
	kExtInit = 60,
	kExtMemAdd = 61,
	kQuoteGet = 98,
	kQuoteInit = 100,
	kIommuSetup = 128,
	kIommuClear = 129,
	kSpdmCreate = 130,
	kSpdmDelete = 131,
	kIdeStreamCreate = 132,
	kIdeStreamBlock = 133,
	kIdeStreamDelete = 134,
	kIdeStreamKm = 135,
	kSpdmConnect = 142,
	kSpdmDisconnect = 143,
	kSpdmMng = 144,
};

constexpr const char *name_of(Leaf leaf)
{
	switch (leaf) {
	case Leaf::kMngAddcx:
		return "TDH.MNG.ADDCX";
	case Leaf::kVpAddcx:
		return "TDH.VP.ADDCX";
	case Leaf::kMngCreate:
		return "TDH.MNG.CREATE";
	case Leaf::kVpCreate:
		return "TDH.VP.CREATE";
	case Leaf::kPhymemPageRdmd:
		return "TDH.PHYMEM.PAGE.RDMD";
	case Leaf::kPhymemPageReclaim:
		return "TDH.PHYMEM.PAGE.RECLAIM";
	case Leaf::kSysRd:
		return "TDH.SYS.RD";
	case Leaf::kPhymemCacheWb:
		return "TDH.PHYMEM.CACHE.WB";
	case Leaf::kPhymemPageWbinvd:
		return "TDH.PHYMEM.PAGE.WBINVD";
	case Leaf::kExtInit:
		return "TDH.EXT.INIT";
	case Leaf::kExtMemAdd:
		return "TDH.EXT.MEM.ADD";
	case Leaf::kQuoteGet:
		return "TDH.QUOTE.GET";
	case Leaf::kQuoteInit:
		return "TDH.QUOTE.INIT";
	case Leaf::kIommuSetup:
		return "TDH.IOMMU.SETUP";
	case Leaf::kIommuClear:
		return "TDH.IOMMU.CLEAR";
	case Leaf::kSpdmCreate:
		return "TDH.SPDM.CREATE";
	case Leaf::kSpdmDelete:
		return "TDH.SPDM.DELETE";
	case Leaf::kIdeStreamCreate:
		return "TDH.IDE.STREAM.CREATE";
	case Leaf::kIdeStreamBlock:
		return "TDH.IDE.STREAM.BLOCK";
	case Leaf::kIdeStreamDelete:
		return "TDH.IDE.STREAM.DELETE";
	case Leaf::kIdeStreamKm:
		return "TDH.IDE.STREAM.KM";
	case Leaf::kSpdmConnect:
		return "TDH.SPDM.CONNECT";
	case Leaf::kSpdmDisconnect:
		return "TDH.SPDM.DISCONNECT";
	case Leaf::kSpdmMng:
		return "TDH.SPDM.MNG";
	}
	return "?";
}

} // namespace tdx
