/* SPDX-License-Identifier: GPL-2.0 */
/* What the leaves that take an array have in common: reading the answer. */
#pragma once

#include "custody.hpp"

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

static_assert(outcome_of(CompletionStatus(0)) == HandOverOutcome::kAccepted);
static_assert(outcome_of(CompletionStatus(TDX_SHIM_UD)) == HandOverOutcome::kNotRun);
static_assert(outcome_of(CompletionStatus(0xC000010000000002)) == HandOverOutcome::kRefused);
static_assert(outcome_of(CompletionStatus(0x8000000300000000)) == HandOverOutcome::kUnknown);
static_assert(outcome_of_resumed(CompletionStatus(TDX_SHIM_VMFAILINVALID)) ==
	      HandOverOutcome::kUnknown);

/*
 * How often a call that the module interrupts is resumed without visible progress. With a timer
 * interrupt each millisecond that is over a minute and a half; giving up is safe, but the pages are
 * in doubt then.
 */
inline constexpr u32 kMaxStalls = 100000;

} // namespace tdx
