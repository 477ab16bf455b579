// SPDX-License-Identifier: GPL-2.0
#include "private_lines.hpp"

namespace tdx::private_lines {

namespace {

constinit bool possible;

bool are_possible()
{
	return __atomic_load_n(&possible, __ATOMIC_RELAXED);
}

} // namespace

void expect_after(Leaf leaf)
{
	switch (leaf) {
	case Leaf::kPhymemPageRdmd:
	case Leaf::kPhymemPageReclaim:
	case Leaf::kSysRd:
	case Leaf::kPhymemCacheWb:
	case Leaf::kPhymemPageWbinvd:
		return;
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
		__atomic_store_n(&possible, true, __ATOMIC_RELAXED);
		return;
	}
}

bool write_back()
{
	if (are_possible())
		tdx_shim_write_back_all_caches();
	return are_possible();
}

} // namespace tdx::private_lines

using tdx::private_lines::are_possible;

extern "C" void tdx_core_going_down(void)
{
	tdx_shim_close_seamcalls();
	if (tdx::private_lines::write_back())
		tdx_shim_info("going down: all caches are written back");
}

extern "C" void tdx_core_cpu_going_offline(void)
{
	if (are_possible())
		tdx_shim_write_back_own_caches();
}
