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
using AllRegisters = tdx_shim_all_registers;

struct Answer {
	CompletionStatus status;
	Registers out;

	bool is_busy() const { return status.is_busy(); }
};

/*
 * One input, and nothing comes back but the status. Inline, because it is what a page costs that is
 * written back.
 */
inline CompletionStatus seamcall(Leaf leaf, u64 rcx)
{
	private_lines::expect_after(leaf);
	ledger::count_seamcall();
	return CompletionStatus(tdx_shim_seamcall(std::to_underlying(leaf), rcx));
}

/* RCX, RDX and R8 to R11 come back; they equal the inputs when the module did not run. */
[[gnu::always_inline]] inline Answer seamcall_ret(Leaf leaf, const Registers &in)
{
	Answer answer{CompletionStatus(0), in};

	private_lines::expect_after(leaf);
	ledger::count_seamcall();
	answer.status = CompletionStatus(
		tdx_shim_seamcall_ret(std::to_underlying(leaf), &answer.out));
	return answer;
}

/* For leaves with inputs beyond R11: none has an output there. */
Answer seamcall_saved_ret(Leaf leaf, const AllRegisters &in);

/*
 * How often something busy is tried again: BUSY of a page that stays busy (twice in one list)
 * must end, too.
 */
inline constexpr u32 kBusyTries = 10;

/* After the first try, which was not successful. Returns the last answer. */
template <class Issue> [[gnu::noinline]] auto try_again(Issue issue)
{
	for (u32 tries = 2;; tries++) {
		tdx_shim_pause();
		const auto answer = issue();
		if (tries == kBusyTries || !answer.is_busy())
			return answer;
	}
}

/* Calls @issue again while its answer is BUSY, at most kBusyTries times in all. */
template <class Issue> [[gnu::always_inline]] inline auto retry_while_busy(Issue issue)
{
	auto answer = issue();

	if (answer.is_busy()) [[unlikely]]
		answer = try_again(issue);
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
