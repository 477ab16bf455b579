/* SPDX-License-Identifier: GPL-2.0 */
/* A shim mutex, held for a scope. */
#pragma once

#include "interface.h"

namespace tdx {

class [[nodiscard]] LockGuard {
public:
	explicit LockGuard(tdx_shim_lock_name which) : which_(which) { tdx_shim_lock(which_); }
	LockGuard(const LockGuard &) = delete;
	LockGuard &operator=(const LockGuard &) = delete;
	~LockGuard() { tdx_shim_unlock(which_); }

private:
	u32 which_;
};

} // namespace tdx
