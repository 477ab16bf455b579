/* SPDX-License-Identifier: GPL-2.0 */
/* What is done for the whole host, not for one array. */
#pragma once

#include <optional>

#include "base/result.hpp"
#include "facts/tdx_module.hpp"

namespace tdx {

/* Version of the TDX module, from three metadata fields. */
struct Version {
	u32 major;
	u32 minor;
	u32 update;
};

/* Nothing if one of the fields cannot be read, as in older TDX modules. */
std::optional<Version> read_version();

/*
 * Finds out which features there are: at load, and again when the extensions are started or a view shows them, because the TDX
 * module may have been updated. Returns TDX_FEATURES0. A bit of it does not mean that the feature can be used: has_feature()
 * tells that. Changes nothing when it fails.
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
 * Gives the extensions the memory that they require, and starts them; again after an update of the TDX module. Fails after a
 * line that says why.
 */
Result<void> start_extensions();

} // namespace tdx
