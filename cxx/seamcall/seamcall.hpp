/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SEAMCALL, by the row of its leaf: feature, retries, resumption, and the mark of private lines are here, so that no
 * leaf can go without. Inputs are values: no try ever runs on what an earlier one left in the registers.
 */
#pragma once

#include "abi/leaf.hpp"
#include "base/result.hpp"
#include "seamcall/private_lines.hpp"

namespace tdx {

using Registers = tdx_shim_registers;
/* One of them, for those who are told where to put a word. */
using Register = u64 Registers::*;

struct Answer {
	CompletionStatus status;
	Registers out; /* the inputs, when the module did not run */
	bool was_interrupted = false;
};

/*
 * How often something busy is tried again: BUSY of a page that stays busy (twice in one list)
 * must end, too. The same for a module without entropy.
 */
inline constexpr u32 kTries = 10;

/*
 * How often a call that the module interrupts is resumed without visible progress. With a timer
 * interrupt each millisecond that is over a minute and a half; giving up is safe, but the pages are
 * in doubt then.
 */
inline constexpr u32 kMaxStalls = 100000;

/* Fails with kNotSupported, after a line, unless leaves of this row may be issued on this host. */
Result<void> check_feature(Leaf leaf);

/* One call, whose feature is there, over all its retries and, as its row says, its interruptions. */
Answer issue(Leaf leaf, const Registers &in);

/* A leaf that no array is handed over to: its outputs, on success. */
Result<Registers> call(Leaf leaf, const Registers &in);

/* Counts as a try, the first one being 0: returns whether there may be another one, after a short pause. */
bool may_try_again(CompletionStatus status, u32 tries);

/*
 * TDH.PHYMEM.PAGE.WBINVD, for a page given as its HPA with a KeyID (TdxModule::keyed()). Inline, because it is what the
 * return of a page costs; its row asks for nothing but retries.
 */
inline CompletionStatus write_back(u64 keyed_hpa)
{
	constexpr const LeafRow &kRow = row_of(Leaf::kPhymemPageWbinvd);
	static_assert(kRow.feature == Feature::kNoFeature && kRow.flags == kKeepsVectors);

	for (u32 tries = 0;; tries++) {
		const CompletionStatus status(tdx_shim_seamcall_rcx(kRow.number, keyed_hpa));
		if (status.is_success() || !may_try_again(status, tries)) [[likely]]
			return status;
	}
}

} // namespace tdx
