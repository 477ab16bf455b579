/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The quarantine: pages that may not be used again, each with the reason for which it came here, the
 * module's answer and its origin, and with the outcome of the last retry. They stay allocated, as
 * single pages, until a retry finds that the module does not own them any more.
 */
#pragma once

#include "completion_status.hpp"
#include "custody.hpp"
#include "page_blocks.hpp"

namespace tdx::quarantine {

enum class Reason : u8 {
	kStillOwned,	/* the module says that the page is its own */
	kNoAnswer,	/* the module could not be asked */
	kFlushFailed,	/* private cache lines could not be written back */
	kReclaimFailed, /* the module did not reclaim a control page */
	kLeaked,	/* the caller leaked the array while the module owned the page */
};

/* Why a page cannot go back to the kernel, and which answer says so. */
struct Cause {
	Reason reason;
	Leaf leaf;
	CompletionStatus status{0};
};

/* Why one page is here, and what it would need to leave. */
struct Case {
	Pfn page;
	Hkid hkid;
	Leaf handed_over_by;
	WayBack way_back;
	PageOrigin owner;
	u64 array; /* the id of the array that it was in */
	Cause cause;
	u32 retries = 0;
	Cause last_retry{}; /* why the last retry left it here */
};

constexpr const char *name_of(Reason reason)
{
	switch (reason) {
	case Reason::kStillOwned:
		return "the TDX module owns the page";
	case Reason::kNoAnswer:
		return "the TDX module could not be asked";
	case Reason::kFlushFailed:
		return "private cache lines could not be written back";
	case Reason::kReclaimFailed:
		return "the TDX module did not reclaim the control page";
	case Reason::kLeaked:
		return "leaked while the TDX module owned it";
	}
	return "?";
}

/*
 * Takes over one page (a block of order 0) that counts as being in an array. An adopted one gets a
 * reference of its own, so that its owner's end does not free it. Cannot fail.
 */
void add(const Case &why);

/* Asks about every page again; frees what is the host's. Returns how many pages were freed. */
u64 retry();

/* What is in quarantine, by address. Fails with kNoMemory. */
Result<Buffer<Case>> look();

/*
 * At the end of this kernel module: forgets the records and says how many pages stay allocated
 * until reboot.
 */
void abandon();

} // namespace tdx::quarantine
