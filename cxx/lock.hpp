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

/* The lock of the registries and of the ledger, and the proof that it is held. */
class [[nodiscard]] RegistryLock {
public:
	RegistryLock() { tdx_shim_lock_registries(); }
	RegistryLock(const RegistryLock &) = delete;
	RegistryLock &operator=(const RegistryLock &) = delete;
	~RegistryLock() { tdx_shim_unlock_registries(); }
};

} // namespace tdx
