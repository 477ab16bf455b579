/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: which arrays are live, and where all pages are that arrays have ever taken: in an array, freed, kept by the TDX
 * module, or in quarantine. It changes when an array begins and ends, and when a page leaves the quarantine, under one lock: so
 * the sum is right at any time. List pages do not count: they are shared memory, which is never handed over.
 */
#pragma once

#include "array/page_array.hpp"
#include "base/lock.hpp"

namespace tdx::ledger {

/* Where the pages of an array go when it ends. */
struct Outcome {
	u32 freed;
	u32 kept;
	u32 quarantined;
};

/* A new array that has its pages. */
void begin(PageArray &array);

/* A page of an array that ends goes to the quarantine. */
void quarantine_page();

/* Its end: viewers do not see it any more, and its other pages count as what they have become. */
void end(PageArray &array, const Outcome &outcome);

/* A page has left the quarantine. */
void free_quarantined();

/* The TDX module keeps a page, which is memory of @node. */
void keep_on(s32 node);
u64 kept_on(u32 node);

tdx_page_array_counters snapshot();

/*
 * Looks at all live arrays, in the order of their making, one at a time. No lock is held between two: a caller waits for
 * one copy at most, and an array that ends meanwhile is not seen.
 */
class Viewer {
public:
	Viewer();
	Viewer(const Viewer &) = delete;
	Viewer &operator=(const Viewer &) = delete;
	~Viewer();

	/* The next one, or nothing. */
	std::optional<Snapshot> next();

private:
	LiveLink place_; /* before the next one */
};

} // namespace tdx::ledger
