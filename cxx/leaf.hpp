/* SPDX-License-Identifier: GPL-2.0 */
/* The leaves of the TDX module that the core issues: number (RAX bits 15:0), name. */
#pragma once

#include "types.hpp"

namespace tdx {

enum class Leaf : u16 {
	kPhymemPageRdmd = 24,
	kSysRd = 34,
	kPhymemPageWbinvd = 41,
	kExtInit = 60,
	kExtMemAdd = 61,
	kSpdmCreate = 130,
	kSpdmDelete = 131,
};

constexpr const char *name_of(Leaf leaf)
{
	switch (leaf) {
	case Leaf::kPhymemPageRdmd:
		return "TDH.PHYMEM.PAGE.RDMD";
	case Leaf::kSysRd:
		return "TDH.SYS.RD";
	case Leaf::kPhymemPageWbinvd:
		return "TDH.PHYMEM.PAGE.WBINVD";
	case Leaf::kExtInit:
		return "TDH.EXT.INIT";
	case Leaf::kExtMemAdd:
		return "TDH.EXT.MEM.ADD";
	case Leaf::kSpdmCreate:
		return "TDH.SPDM.CREATE";
	case Leaf::kSpdmDelete:
		return "TDH.SPDM.DELETE";
	}
	return "?";
}

} // namespace tdx
