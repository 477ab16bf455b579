/* SPDX-License-Identifier: GPL-2.0 */
/* What is done for the whole host, not for one array. */
#pragma once

#include <optional>

#include "base/result.hpp"
#include "facts/tdx_module.hpp"

namespace tdx {

/* Older modules do not tell theirs. */
struct Version {
	u32 major;
	u32 minor;
	u32 update;
};

/* Three fields, or none in modules that do not tell. */
std::optional<Version> read_version();

/*
 * Finds out which features there are: at load, and again when the extensions are started or somebody looks, because another
 * version of the TDX module may be there by then. Returns TDX_FEATURES0, of which some bits mean something else than they
 * seem to: see has_feature(). Changes nothing when it fails.
 */
Result<u64> find_features();

/* TDX_FEATURES0 as it was found last. */
u64 features0();

/*
 * What this host can do with a feature, in words: it is "not supported" (its bit of TDX_FEATURES0 is 0), "not enabled" (the bit
 * is 1, but no metadata can be read: the kernel did not enable it in TDH.SYS.CONFIG, or the bit means something else in this
 * TDX module), "not started" (Quoting, of which only TDH.QUOTE.INIT tells whether the kernel enabled it) or "available".
 */
const char *availability(Feature feature);

/* Whether pages are flushed before they are handed over, in words: "needed", "forced" or "not needed". */
const char *host_flush();

/*
 * Gives the extensions the memory that they want, and starts them; once more after an update of the TDX module. Says in one
 * line why that fails.
 */
Result<void> start_extensions();

} // namespace tdx
