// SPDX-License-Identifier: GPL-2.0
#include "seamcall.hpp"

namespace tdx {

Answer seamcall_ret(Leaf leaf, const Registers &in)
{
	Answer answer{CompletionStatus(0), in};

	private_lines::expect_after(leaf);
	ledger::count_seamcall();
	answer.status = CompletionStatus(
		tdx_shim_seamcall_ret(std::to_underlying(leaf), &answer.out));
	return answer;
}

Answer seamcall_saved_ret(Leaf leaf, const Registers &in)
{
	Answer answer{CompletionStatus(0), in};

	private_lines::expect_after(leaf);
	ledger::count_seamcall();
	answer.status = CompletionStatus(
		tdx_shim_seamcall_saved_ret(std::to_underlying(leaf), &answer.out));
	return answer;
}

} // namespace tdx
