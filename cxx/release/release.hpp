/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of an array, in two passes: every page is made safe, and the array remembers how far that came; then all pages that
 * are safe are freed. A page that the TDX module refuses for good goes to the quarantine alone.
 */
#pragma once

#include "array/ledger.hpp"

namespace tdx {

/*
 * Fails with kBusy when the array is mapped, or when the TDX module owns pages and does not return them yet; with kBusy when a
 * leaf was busy; with kAgain when it did not run or the TDX module is shut down, not ready or without entropy. Nothing is freed
 * then, and the next release continues from there. After success the array holds no pages, and its caller destroys it.
 */
Result<ledger::Outcome> release(const char *caller, PageArray &array);

/*
 * The same for pages that the module keeps. Pages that it owns but could return go to the quarantine, and so do pages about
 * which it cannot be asked now. Fails with kBusy when the array is mapped.
 */
Result<ledger::Outcome> leak(const char *caller, PageArray &array);

} // namespace tdx
