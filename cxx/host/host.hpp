/* SPDX-License-Identifier: GPL-2.0 */
/* What is done for the whole host, not for one array. */
#pragma once

#include "base/result.hpp"
#include "facts/tdx_module.hpp"

namespace tdx {

/*
 * What this host can do with a feature, in words: it is "not supported" (its bit of TDX_FEATURES0 is 0), "not enabled" (the bit
 * is 1, but no metadata can be read: the kernel did not enable it in TDH.SYS.CONFIG, or the bit means something else in this
 * TDX module), "not started" (Quoting, of which only TDH.QUOTE.INIT tells whether the kernel enabled it) or "available".
 */
const char *availability(Feature feature);

/* Gives the extensions the memory that they want, and starts them. Says in one line why that fails. */
Result<void> start_extensions();

} // namespace tdx
