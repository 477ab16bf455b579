/* SPDX-License-Identifier: GPL-2.0 */
/* Issuing a SEAMCALL. Inputs are values, so that no retry can ever run on clobbered ones. */
#pragma once

#include "completion_status.hpp"
#include "leaf.hpp"

namespace tdx {

using Registers = tdx_shim_registers;

struct Answer {
	CompletionStatus status;
	Registers out;

	bool is_busy() const { return status.is_busy(); }
};

/* Inputs only: the leaf gives nothing back but its status. */
CompletionStatus seamcall(Leaf leaf, const Registers &in);

/*
 * RCX, RDX and R8 to R11 come back; all others equal the inputs. When the module did not run, all
 * do.
 */
Answer seamcall_ret(Leaf leaf, const Registers &in);

/*
 * How often something busy is tried again: BUSY of a page that is busy for ever (twice in one list)
 * must end, too.
 */
inline constexpr u32 kBusyTries = 10;

/* Calls @issue again while its answer is BUSY, at most kBusyTries times in all. */
template <class Issue> auto retry_while_busy(Issue issue)
{
	auto answer = issue();

	for (u32 tries = 1; tries < kBusyTries && answer.is_busy(); tries++) {
		tdx_shim_pause();
		answer = issue();
	}
	return answer;
}

} // namespace tdx
