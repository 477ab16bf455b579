/* SPDX-License-Identifier: GPL-2.0 */
/* A lock of the shim, held for a scope. */
#pragma once

#include "interface.h"

namespace tdx {

/* One of the few global mutexes. */
class [[nodiscard]] LockGuard {
public:
	enum Held : u8 {
		kHeld
	};

	explicit LockGuard(tdx_shim_lock_name which) : which_(which) { tdx_shim_lock(which_); }
	/* One that was taken already. */
	LockGuard(tdx_shim_lock_name which, Held /*held*/) : which_(which) {}
	LockGuard(const LockGuard &) = delete;
	LockGuard &operator=(const LockGuard &) = delete;
	~LockGuard() { tdx_shim_unlock(which_); }

private:
	u32 which_;
};

/* The lock of one array, of which @memory is the beginning. */
class [[nodiscard]] ArrayLock {
public:
	explicit ArrayLock(const void *memory) : memory_(memory) { tdx_shim_lock_array(memory_); }
	ArrayLock(const ArrayLock &) = delete;
	ArrayLock &operator=(const ArrayLock &) = delete;
	~ArrayLock() { tdx_shim_unlock_array(memory_); }

private:
	const void *memory_;
};

} // namespace tdx
