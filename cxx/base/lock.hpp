/* SPDX-License-Identifier: GPL-2.0 */
/* A lock of the shim, held for a scope. */
#pragma once

#include "interface.h"

namespace tdx {

/* One of the few global mutexes. */
class [[nodiscard]] LockGuard {
public:
	explicit LockGuard(tdx_shim_lock_name which) : which_(which) { tdx_shim_lock(which_); }
	LockGuard(const LockGuard &) = delete;
	LockGuard &operator=(const LockGuard &) = delete;
	~LockGuard() { tdx_shim_unlock(which_); }

private:
	u32 which_;
};

/* The same, unless the caller is killed while it waits. */
class [[nodiscard]] KillableLock {
public:
	explicit KillableLock(tdx_shim_lock_name which)
		: which_(which), is_held_(tdx_shim_lock_unless_killed(which))
	{
	}
	KillableLock(const KillableLock &) = delete;
	KillableLock &operator=(const KillableLock &) = delete;
	~KillableLock()
	{
		if (is_held_)
			tdx_shim_unlock(which_);
	}

	bool is_held() const { return is_held_; }

private:
	u32 which_;
	bool is_held_;
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
