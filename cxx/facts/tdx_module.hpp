/* SPDX-License-Identifier: GPL-2.0 */
/* What is known about the TDX module and this CPU: found out by host/find.cc, and only read here. */
#pragma once

#include <atomic>

#include "abi/leaf.hpp"
#include "base/types.hpp"

namespace tdx {

/* Metadata fields (TDX module ABI; bits 33:32 of an id are the size of the value). */
enum class MetadataField : u64 {
	kMinorVersion = 0x0800000100000003,
	kMajorVersion = 0x0800000100000004,
	kUpdateVersion = 0x0800000100000005,
	kMaxQuoteSize = 0x2300000200000002,
	kTdxFeatures0 = 0x0A00000300000008,
	kConnectIdeMtPageCount = 0x3000000100000001,
	kConnectSpdmMtPageCount = 0x3000000100000002,
	kConnectIommuMtPageCount = 0x3000000100000003,
	kConnectSpdmMaxDevInfoPages = 0x3000000100000007,
	kExtMemoryPoolRequiredPages = 0x3100000200000000,
	kExtRequired = 0x3100000000000001,
	/* The same, up to the posted series of March 2026. */
	kExtMemoryPoolRequiredPagesEarly = 0x3100000100000000,
	kExtRequiredEarly = 0x3100000100000001,
};

namespace detail {
/* None before the TDX module is found; an update of it may change them. */
inline constinit std::atomic<u64> features;
} // namespace detail

/* True if leaves of the feature may be issued. */
inline bool has_feature(Feature feature)
{
	return detail::features.load(std::memory_order_relaxed) >> std::to_underlying(feature) & 1;
}

/* What an update of the TDX module does not change. */
struct TdxModule {
	/* The HPA of a page with a KeyID in its KeyID bits. */
	constexpr u64 keyed(Pfn page, Hkid hkid) const
	{
		return page.hpa().value() | u64{hkid.value()} << keyid_shift;
	}

	/* True if the host's own lines of a page are written back before it is handed over. */
	bool wants_flush() const
	{
		return has_feature(Feature::kClflushBeforeAlloc) || flush_is_forced;
	}

	u32 shared_keyids; /* KeyIDs 1 to this one are the host's, the private ones follow */
	u32 private_keyids;
	u32 keyid_shift; /* where the KeyID bits of an HPA begin */
	Hkid global_keyid; /* of the module's own pages: the first private one, by the kernel's convention */
	/* The user asked for tdx_shim_flush_page() also where the module does not need it. */
	bool flush_is_forced;
	/* The CPU raises a machine check when a page that was private is not written by MOVDIR64B first. */
	bool partial_write_erratum;
};

namespace detail {
inline constinit TdxModule found{};
}

inline const TdxModule &tdx_module()
{
	return detail::found;
}

} // namespace tdx
