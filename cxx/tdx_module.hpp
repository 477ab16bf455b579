/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known about the TDX module on this host: found out once, when this kernel module is
 * loaded.
 */
#pragma once

#include <optional>

#include "cast.hpp"
#include "result.hpp"
#include "types.hpp"

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

/* Bits of TDX_FEATURES0. */
enum class Feature : u8 {
	kTdxConnect = 6,
	kExtensions = 39,
	kQuoting = 50,
};

/* What this host can do with a feature. */
enum class Availability : u8 {
	kNotSupported, /* its bit of TDX_FEATURES0 is 0 */
	/*
	 * The bit is 1, but no metadata can be read: the kernel did not enable the feature in
	 * TDH.SYS.CONFIG, or the bit means something else in this TDX module.
	 */
	kNotEnabled,
	kNotStarted, /* Quoting: only TDH.QUOTE.INIT tells whether the kernel enabled it */
	kAvailable,
};

constexpr const char *name_of(Availability availability)
{
	switch (availability) {
	case Availability::kNotSupported:
		return "not supported";
	case Availability::kNotEnabled:
		return "not enabled";
	case Availability::kNotStarted:
		return "not started";
	case Availability::kAvailable:
		return "available";
	}
	return "?";
}

/* Older modules do not tell theirs. */
struct Version {
	u32 major;
	u32 minor;
	u32 update;
};

class TdxModule {
public:
	constexpr TdxModule() = default;

	/* Finds the module or says, in one line, why it cannot be used and what to do. */
	static Result<TdxModule> find();

	/*
	 * The KeyID of the module's own pages: the first private one, by the kernel's convention.
	 */
	Hkid global_keyid() const { return global_keyid_; }

	const std::optional<Version> &version() const { return version_; }

	/* TDX_FEATURES0 as it was found. Some bits mean something else than they seem to: see has(). */
	u64 features0() const { return features0_; }

	/* KeyIDs 1 to shared_keyids() are the host's, as many as private_keyids() follow. */
	u32 shared_keyids() const { return shared_keyids_; }
	u32 private_keyids() const { return private_keyids_; }

	/* True if leaves of the feature may be issued. */
	bool has(Feature feature) const { return features_ >> as_word(feature) & 1; }

	/*
	 * Does a CPU of this machine raise a machine check when a page that was private is written
	 * by anything else than MOVDIR64B first?
	 */
	bool has_partial_write_erratum() const { return partial_write_erratum_; }

	/* Where the KeyID bits of an HPA begin. */
	u32 keyid_shift() const { return keyid_shift_; }

	/* The HPA of a page with a KeyID in its KeyID bits. */
	u64 keyed(Pfn page, Hkid hkid) const
	{
		return page.hpa().value() | u64{hkid.value()} << keyid_shift_;
	}

private:
	std::optional<Version> version_;
	u64 features0_ = 0;
	u64 features_ = 0;
	u32 shared_keyids_ = 0;
	u32 private_keyids_ = 0;
	u32 keyid_shift_ = 0;
	Hkid global_keyid_;
	bool partial_write_erratum_ = false;
};

namespace detail {
inline constinit TdxModule found;
}

/* The module that was found; before and after, one without features. */
inline const TdxModule &tdx_module()
{
	return detail::found;
}

/* What can be done with a feature of that module now. Asks the module whether Quoting has started. */
Availability availability(Feature feature);

} // namespace tdx
