/* SPDX-License-Identifier: GPL-2.0 */
/* Making one page safe for the kernel again, or finding out why that cannot be done. */
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
 * Writes the page's lines of @hkid back. The module refuses that for a page it owns, so a success
 * proves both.
 */
Safe make_safe(Pfn page, Hkid hkid);

/* The same, but asks first whose page it is: for pages whose outcome nobody knows. */
Safe make_safe_if_host(Pfn page, Hkid hkid);

} // namespace tdx
