/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cache lines of private KeyIDs must not outlive this kernel: whatever runs next would see them
 * written over its own memory.
 */
#pragma once

#include <atomic>

namespace tdx::private_lines {

inline constinit std::atomic<bool> possible = false;

/* From now on there may be such lines. Written once, so that CPUs share the line that it is in. */
inline void expect()
{
	if (!possible.load(std::memory_order_relaxed)) [[unlikely]]
		possible.store(true, std::memory_order_relaxed);
}

/* Writes all caches back, if there may be such lines. Returns whether it did. */
bool write_back();

} // namespace tdx::private_lines
