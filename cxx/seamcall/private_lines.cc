// SPDX-License-Identifier: GPL-2.0
#include "seamcall/private_lines.hpp"

#include "interface.h"

namespace tdx::private_lines {

bool write_back()
{
	const bool may_be = possible.load(std::memory_order_relaxed);

	if (may_be)
		tdx_shim_write_back_all_caches();
	return may_be;
}

} // namespace tdx::private_lines

extern "C" void tdx_core_going_down(void)
{
	tdx_shim_close_seamcalls();
	if (tdx::private_lines::write_back())
		tdx_shim_info("the machine is going down: all caches were written back");
}

extern "C" void tdx_core_cpu_going_offline(void)
{
	if (tdx::private_lines::possible.load(std::memory_order_relaxed))
		tdx_shim_write_back_own_caches();
}
