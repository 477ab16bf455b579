// SPDX-License-Identifier: GPL-2.0
#include "private_lines.hpp"

namespace tdx::private_lines {

namespace {

bool are_possible()
{
	return __atomic_load_n(&possible, __ATOMIC_RELAXED);
}

} // namespace

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
		tdx_shim_info("the machine is going down: all caches were written back");
}

extern "C" void tdx_core_cpu_going_offline(void)
{
	if (are_possible())
		tdx_shim_write_back_own_caches();
}
