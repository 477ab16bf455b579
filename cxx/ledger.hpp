/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: every page that arrays ever took is in an array, freed, kept by the TDX module, or in
 * quarantine. Pages move between these places under the lock of the registries, so the sum is right
 * whenever somebody looks. List pages do not count: they are plain shared memory that no hand-over
 * ever gives away.
 */
#pragma once

#include <array>

#include "lock.hpp"
#include "tdx_page_array.h"
#include "types.hpp"

namespace tdx::ledger {

using Counter = u64 tdx_page_array_counters::*;

/* The places. */
inline constexpr Counter kArray = &tdx_page_array_counters::in_arrays;
inline constexpr Counter kFreed = &tdx_page_array_counters::freed;
inline constexpr Counter kKept = &tdx_page_array_counters::kept;
inline constexpr Counter kQuarantine = &tdx_page_array_counters::quarantined;

/* Written under the lock. */
inline constinit tdx_page_array_counters counters{};

/* @pages came from the page allocator and are in an array now. */
inline void take(const RegistryLock &, u64 pages)
{
	counters.taken += pages;
	counters.in_arrays += pages;
}

inline void move(const RegistryLock &, Counter from, Counter to, u64 pages)
{
	counters.*from -= pages;
	counters.*to += pages;
}

/* The pages that the TDX module keeps, by memory node. Written under the lock. */
inline constinit std::array<u64, TDX_SHIM_MAX_NODES> kept_on_node{};

/* The TDX module keeps a page of an array, which is memory of @node. */
inline void keep(const RegistryLock &lock, s32 node)
{
	move(lock, kArray, kKept, 1);
	kept_on_node[node]++;
}

/* Not under the lock: hundreds of thousands of them go by, and no sum depends on it. */
inline constinit u64 seamcalls = 0;

/* One more SEAMCALL was issued. */
inline void count_seamcall()
{
	__atomic_fetch_add(&seamcalls, 1, __ATOMIC_RELAXED);
}

tdx_page_array_counters snapshot();

/* How many pages of a memory node the TDX module keeps. */
u64 kept_on(u32 node);

} // namespace tdx::ledger
