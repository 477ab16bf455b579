/* SPDX-License-Identifier: GPL-2.0 */
/* One page made safe for the kernel, or the reason why it is not. */
#pragma once

#include "quarantine.hpp"

namespace tdx {

/* Why a page cannot go back to the kernel. */
struct Unsafe {
	quarantine::Reason reason;
	CompletionStatus status;
};

using Safe = std::expected<void, Unsafe>;

/*
 * Writes the page's lines of @hkid back; then, on CPUs with the partial-write erratum, all of it
 * with MOVDIR64B. The module refuses the write-back of a page it owns, so a success proves both.
 */
Safe make_safe(Pfn page, Hkid hkid);

/* The same for a control page of a TD, which has to be taken away from the module first. */
Safe reclaim_and_make_safe(Pfn page, Hkid hkid);

/*
 * For pages whose outcome nobody knows: asks first whose the page is. What the module has is
 * reclaimed if it comes back so.
 */
Safe make_safe_if_host(Pfn page, Hkid hkid, WayBack way_back);

} // namespace tdx
