/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The quarantine: pages that may not be used again, each with the reason for which it came here, the
 * module's answer and its origin, and with the outcome of the last retry. They stay allocated, as
 * single pages, until a retry finds that the module does not own them any more.
 */
#pragma once

#include "array/page_blocks.hpp"
#include "array/progress.hpp"

namespace tdx::quarantine {

/* Why one page is here, and what it would need to leave. */
struct Case {
	Pfn page;
	Hkid hkid;
	Leaf handed_over_by;
	PageOrigin owner;
	u64 array; /* the id of the array that it was in */
	Cause cause;
	u32 retries = 0;
	Cause last_retry{}; /* why the last retry left it here */
};

/*
 * Takes over one page, a block of order 0. An adopted one gets a reference of its own, so that its owner's end does
 * not free it. Waits for memory.
 */
void add(const Case &why);

/* Asks about every page again; frees what is the host's. Returns how many pages were freed. */
u64 retry();

/* The same, and plans when to do it again: later and later, as long as nothing is freed. */
void retry_by_itself();

/* What is in quarantine, by address. Fails with kNoMemory. */
Result<Buffer<Case>> look();

/*
 * At the end of this kernel module: forgets the records and says how many pages stay allocated
 * until reboot.
 */
void abandon();

} // namespace tdx::quarantine
