/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of an array, in two passes: every page is made safe, and the array remembers how far that came; then all pages that
 * are safe are freed. A page that the TDX module refuses for good goes to the quarantine alone.
 */
#pragma once

#include "array/ledger.hpp"

namespace tdx {

/*
 * Fails with kBusy when the array is mapped, or when the TDX module owns pages and does not return them yet; with kBusy or kAgain
 * when a leaf was busy, did not run, or met a module that is away. Nothing is freed then, and the next release goes on from there.
 * An array that was released holds no pages, and is not live any more.
 */
Result<ledger::Outcome> release(const char *caller, PageArray &array);

/*
 * The same for pages that the module keeps; those that it owns but could return go to the quarantine, as those that cannot be
 * asked about. Fails with kBusy when the array is mapped.
 */
Result<ledger::Outcome> leak(const char *caller, PageArray &array);

} // namespace tdx
