/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SEAMCALL, by the row of its leaf. The feature check, retries and resumption are here, so that no leaf can do without them.
 * Inputs are values: no try runs with what an earlier one left in the registers.
 */
#pragma once

#include "abi/leaf.hpp"
#include "base/result.hpp"
#include "facts/tdx_module.hpp"

namespace tdx {

using Registers = tdx_shim_registers;
/* Names one of them: the register into which a function puts a word. */
using Register = u64 Registers::*;

struct Answer {
	CompletionStatus status;
	/* The inputs, when the module did not run; undefined when SIGKILL ended the wait for the service. */
	Registers out;
	bool was_interrupted = false;
};

/*
 * How long a call is tried again: a number of times, with pauses that grow; after interrupts for a time, because they come at no
 * known rate. Giving up is always safe.
 */
class Patience {
public:
	/*
	 * Pauses and returns true if a call that may pass is to be tried again. The pauses grow: in all they are 25 to 50 ms for
	 * a lock or for entropy, and 5 to 10 s for a CPU that goes offline with a task that is bound to it. A killed caller does
	 * not wait.
	 */
	bool may_try_again(CompletionStatus status)
	{
		return !status.is_success() && status.may_pass() && may_pass_soon(status);
	}

	/* Returns whether a call that the module interrupted may be resumed: for a minute, unless the caller is killed. */
	bool may_resume();

	/* The interrupted call has advanced: the minute begins again. */
	void progress() { deadline_ = 0; }

private:
	bool may_pass_soon(CompletionStatus status);

	static constexpr u32 kTries = 10;
	static constexpr u32 kTriesOnCpu = 260;
	static constexpr u32 kFirstPauseUs = 50;
	static constexpr u32 kLongestPauseUs = 20000;
	static constexpr u64 kResumedNs = 60'000'000'000;

	u32 tries_ = 0;
	u64 deadline_ = 0;
};

/* Why @leaf may not be issued on this host, after a line. */
Failure refuse_feature(Leaf leaf);

/* Fails with kNotSupported, after a line, unless leaves of this row may be issued on this host. */
inline Result<void> check_feature(Leaf leaf)
{
	if (!has_feature(row_of(leaf).feature)) [[unlikely]]
		return refuse_feature(leaf);
	return {};
}

/* Issues one call, whose feature was checked, with all its retries and, if its row says so, resumptions. */
Answer issue(Leaf leaf, const Registers &in);

/* A leaf that no array is handed over to: its outputs, on success. */
Result<Registers> call(Leaf leaf, const Registers &in);

/*
 * TDH.PHYMEM.PAGE.WBINVD, for a page given as its HPA with a KeyID (TdxModule::keyed()). Inline, because each page that comes
 * back pays for it; its row requires nothing but retries.
 */
inline CompletionStatus write_back(u64 keyed_hpa)
{
	constexpr const LeafRow &kRow = row_of(Leaf::kPhymemPageWbinvd);
	static_assert(kRow.feature == Feature::kNoFeature && kRow.flags == kKeepsVectors);

	for (Patience patience;;) {
		const CompletionStatus status(tdx_shim_seamcall_rcx(kRow.number, keyed_hpa));
		if (!patience.may_try_again(status)) [[likely]]
			return status;
	}
}

} // namespace tdx
