/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SEAMCALL with inputs by value: no try ever runs on what an earlier one left in the registers.
 */
#pragma once

#include "completion_status.hpp"
#include "leaf.hpp"
#include "ledger.hpp"
#include "private_lines.hpp"

namespace tdx {

using Registers = tdx_shim_registers;

struct Answer {
	CompletionStatus status;
	Registers out;

	bool is_busy() const { return status.is_busy(); }
};

/*
 * Inputs only: the leaf gives nothing back but its status. Inline, because it is what a page costs
 * that is written back.
 */
inline CompletionStatus seamcall(Leaf leaf, const Registers &in)
{
	private_lines::expect_after(leaf);
	ledger::count_seamcall();
	return CompletionStatus(tdx_shim_seamcall(std::to_underlying(leaf), &in));
}

/*
 * RCX, RDX and R8 to R11 come back; all others equal the inputs. When the module did not run, all
 * do.
 */
Answer seamcall_ret(Leaf leaf, const Registers &in);

/* All registers go in and come back: for leaves with inputs beyond R11. */
Answer seamcall_saved_ret(Leaf leaf, const Registers &in);

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

/*
 * How often a call that the module interrupts is resumed without visible progress. With a timer
 * interrupt each millisecond that is over a minute and a half; giving up is safe, but the pages are
 * in doubt then.
 */
inline constexpr u32 kMaxStalls = 100000;

/* The last answer of a call that the module may interrupt. */
struct ResumedAnswer {
	Answer answer;
	bool was_interrupted;
};

/* Calls @issue, which has the same inputs each time, until the module says something else than "interrupted". */
template <class Issue> ResumedAnswer resume_with_same_inputs(Issue issue)
{
	for (u32 resumptions = 0;; resumptions++) {
		const Answer answer = retry_while_busy(issue);
		if (!answer.status.is(StatusCode::kInterruptedResumable) ||
		    resumptions == kMaxStalls)
			return {answer, resumptions > 0};
		tdx_shim_breathe();
	}
}

} // namespace tdx
