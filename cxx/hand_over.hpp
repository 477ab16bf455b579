/* SPDX-License-Identifier: GPL-2.0 */
/* What the answer to a hand-over says about its pages. */
#pragma once

#include "custody.hpp"
#include "seamcall.hpp"

namespace tdx {

/* What a completion status says about the pages of a hand-over that was never interrupted. */
constexpr HandOverOutcome outcome_of(CompletionStatus status)
{
	if (status.is_success())
		return HandOverOutcome::kAccepted;
	if (!status.module_ran())
		return HandOverOutcome::kNotRun;
	return status.says_no() ? HandOverOutcome::kRefused : HandOverOutcome::kUnknown;
}

/* After an interruption the module has already taken pages: only success is clear. */
constexpr HandOverOutcome outcome_of_resumed(CompletionStatus status)
{
	return status.is_success() ? HandOverOutcome::kAccepted : HandOverOutcome::kUnknown;
}

constexpr HandOverOutcome outcome_of(const ResumedAnswer &last)
{
	return last.was_interrupted ? outcome_of_resumed(last.answer.status)
				    : outcome_of(last.answer.status);
}

static_assert(outcome_of(CompletionStatus(0)) == HandOverOutcome::kAccepted);
static_assert(outcome_of(CompletionStatus(TDX_SHIM_UD)) == HandOverOutcome::kNotRun);
static_assert(outcome_of(CompletionStatus(0xC000010000000002)) == HandOverOutcome::kRefused);
static_assert(outcome_of(CompletionStatus(0x8000000300000000)) == HandOverOutcome::kUnknown);
static_assert(outcome_of_resumed(CompletionStatus(TDX_SHIM_VMFAILINVALID)) ==
	      HandOverOutcome::kUnknown);

} // namespace tdx
