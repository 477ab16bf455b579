// SPDX-License-Identifier: GPL-2.0
#include "seamcall.hpp"

namespace tdx {

Answer seamcall_saved_ret(Leaf leaf, const AllRegisters &in)
{
	AllRegisters out = in;

	private_lines::expect_after(leaf);
	ledger::count_seamcall();
	const CompletionStatus status(tdx_shim_seamcall_saved_ret(std::to_underlying(leaf), &out));
	return {status, {out.rcx, out.rdx, out.r8, out.r9, out.r10, out.r11}};
}

} // namespace tdx
