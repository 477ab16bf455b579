// SPDX-License-Identifier: GPL-2.0
/* The TDX module is found, or one line says why it cannot be used and what to do. */
#include <atomic>
#include <initializer_list>

#include "base/memory.hpp"
#include "release/quarantine.hpp"
#include "seamcall/query.hpp"
#include "host/host.hpp"

namespace tdx {

namespace {

constinit std::atomic<u64> found_features0 = 0;

/* What a failing SEAMCALL means for the whole host, and what to do. */
const char *meaning_of(CompletionStatus status)
{
	if (status.raw() == TDX_SHIM_VMFAILINVALID)
		return "no TDX module is loaded: SEAMCALL fails with VMfailInvalid. Enable TDX in "
		       "the BIOS, which loads the TDX module";
	if (status.raw() == TDX_SHIM_UD)
		return "SEAMCALL raises #UD: VMX is off on this CPU. See the virt/tdx lines of the "
		       "kernel log; before Linux 7.3, load kvm_intel with tdx=1 first";
	if (status.raw() == TDX_SHIM_GP)
		return "SEAMCALL raises #GP: this platform has no TDX (SEAMRR is off). Enable TDX "
		       "in the BIOS";
	if (status.is(StatusCode::kSysShutdown))
		return "the TDX module was shut down: it needs a reboot or an update";
	if (status.is_away())
		return "the TDX module is loaded but not initialised. See the virt/tdx lines of "
		       "the kernel log; before Linux 7.3, load kvm_intel with tdx=1 first";
	return "the TDX module cannot be used";
}

Failure explain(Leaf leaf, CompletionStatus status)
{
	const Failure meaning = status.is_away() ? failure(Errno::kNoDevice) : Failure(status);

	tdx_shim_error("%s (%s: %s, status %#llx) (errno %d)", meaning_of(status), name_of(leaf),
		       name_of(status), status.raw(), meaning.error().to_errno());
	return meaning;
}

constexpr u64 bit_of(Feature feature)
{
	return u64{1} << std::to_underlying(feature);
}

/*
 * Both bits had other meanings: bit 6 announced the older TDX-IO, whose leaves have the same
 * numbers and other registers, and bit 39 has another name in module 1.5. So the metadata of the
 * feature has to be there as well: one of @fields can be read. Fails when the TDX module does not answer.
 */
Result<bool> is_there(u64 features0, Feature feature, std::initializer_list<MetadataField> fields)
{
	if (!(features0 & bit_of(feature)))
		return false;
	for (const MetadataField field : fields) {
		const auto value = read_field(field);
		if (value)
			return true;
		if (value.error().says_nothing_of_the_page())
			return Failure(value.error());
	}
	return false;
}

/*
 * With Dynamic PAMT a page can be handed over only while its 2M region has a pair of PAMT pages, which the kernel gives and
 * takes by counts of its own. The bit of TDX_FEATURES0 says that the module could; that a question about a 2M region is
 * answered says that it does.
 */
Result<void> check_no_dynamic_pamt(Pfn page)
{
	constexpr u64 kRegion = u64{1} << 21, kLevel2M = 1;
	const CompletionStatus status = issue(Leaf::kPhymemPageRdmd,
					      {.rcx = (page.hpa().value() & ~(kRegion - 1)) |
						      kLevel2M})
						.status;

	if (status.is(StatusCode::kOperandInvalid))
		return {};
	if (!status.is_success() && !status.is(StatusCode::kOperandAddrRangeError))
		return explain(Leaf::kPhymemPageRdmd, status);
	tdx_shim_error("Dynamic PAMT is in use, and this kernel exports no function that gives a "
		       "page its PAMT pages (errno %d)",
		       negative(Errno::kNotSupported));
	return failure(Errno::kNotSupported);
}

/* Reading metadata works before the module is ready; asking about a page does not. */
Result<void> check_ready()
{
	const auto page = TRY(SharedPage::try_make());
	const auto facts = read_page_facts(page.page());

	/* The error for a page outside of every TDMR is an answer, too: the memory was added after boot. */
	if (facts || facts.error().is(StatusCode::kOperandAddrRangeError))
		return check_no_dynamic_pamt(page.page());
	return explain(Leaf::kPhymemPageRdmd, facts.error());
}

Result<TdxModule> find_module()
{
	TdxModule module{};
	u64 partitioning = 0;

	if (tdx_shim_keyid_partitioning(&partitioning)) {
		tdx_shim_error(
			"this CPU has no KeyIDs: MSR 0x87 (IA32_MKTME_KEYID_PARTITIONING) does "
			"not exist (errno %d)",
			negative(Errno::kNoDevice));
		return failure(Errno::kNoDevice);
	}
	module.shared_keyids = truncate<u32>(partitioning);
	module.private_keyids = truncate<u32>(partitioning >> 32);
	if (!module.private_keyids) {
		tdx_shim_error(
			"this CPU has no private KeyIDs (IA32_MKTME_KEYID_PARTITIONING is "
			"%#llx). If it supports TDX, enable TME-MT and TDX in the BIOS (errno "
			"%d)",
			partitioning, negative(Errno::kNoDevice));
		return failure(Errno::kNoDevice);
	}
	module.partial_write_erratum = tdx_shim_has_partial_write_erratum();
	if (module.partial_write_erratum && !tdx_shim_can_convert_pages()) {
		tdx_shim_error(
			"this CPU has the partial-write machine check erratum (tdx_pw_mce in "
			"/proc/cpuinfo), but no MOVDIR64B, which returned pages need (errno "
			"%d)",
			negative(Errno::kNotSupported));
		return failure(Errno::kNotSupported);
	}
	module.global_keyid = Hkid(truncate<u16>((partitioning & 0xFFFF) + 1));
	module.keyid_shift = tdx_shim_physical_address_bits();
	module.flush_is_forced = tdx_shim_is_flush_forced();

	if (const auto features = find_features(); !features)
		return explain(Leaf::kSysRd, features.error());
	TRY(check_ready());
	return module;
}

} // namespace

std::optional<Version> read_version()
{
	const auto major = read_field(MetadataField::kMajorVersion);
	const auto minor = read_field(MetadataField::kMinorVersion);
	const auto update = read_field(MetadataField::kUpdateVersion);

	if (!major || !minor || !update)
		return {};
	return Version{truncate<u32>(*major), truncate<u32>(*minor), truncate<u32>(*update)};
}

Result<u64> find_features()
{
	const u64 features0 = TRY(read_field(MetadataField::kTdxFeatures0));
	u64 features = bit_of(Feature::kNoFeature);

	if (TRY(is_there(features0, Feature::kTdxConnect,
			 {MetadataField::kConnectSpdmMtPageCount})))
		features |= bit_of(Feature::kTdxConnect);
	/*
	 * Quoting is a service of the extensions. Neither its bit nor its leaves had another meaning, and
	 * its metadata appears only after TDH.QUOTE.INIT: that leaf is left to tell the rest.
	 */
	if (TRY(is_there(features0, Feature::kExtensions,
			 {MetadataField::kExtRequired, MetadataField::kExtRequiredEarly})))
		features |= bit_of(Feature::kExtensions) | (features0 & bit_of(Feature::kQuoting));
	features |= features0 & bit_of(Feature::kClflushBeforeAlloc);
	detail::features.store(features, std::memory_order_relaxed);
	found_features0.store(features0, std::memory_order_relaxed);
	return features0;
}

u64 features0()
{
	return found_features0.load(std::memory_order_relaxed);
}

const char *availability(Feature feature)
{
	if (!(features0() & bit_of(feature)))
		return "not supported";
	if (!has_feature(feature))
		return "not enabled";
	if (feature == Feature::kQuoting && !read_field(MetadataField::kMaxQuoteSize))
		return "not started";
	return "available";
}

const char *host_flush()
{
	if (has_feature(Feature::kClflushBeforeAlloc))
		return "needed";
	return tdx_module().flush_is_forced ? "forced" : "not needed";
}

} // namespace tdx

extern "C" s32 tdx_core_start(void)
{
	const auto found = tdx::find_module();

	if (!found)
		return found.error().to_errno();
	const tdx::TdxModule &module = tdx::detail::found = *found;
	const auto known = tdx::read_version();
	const auto version = known.value_or(tdx::Version{});
	tdx_shim_info(
		"TDX module %u.%u.%u%s: private KeyIDs %u to %u, global KeyID %u; "
		"extensions %s, TDX Connect %s, Quoting %s; flush before hand-over %s "
		"(TDX_FEATURES0 %#llx)",
		version.major, version.minor, version.update, known ? "" : " (version unknown)",
		module.shared_keyids + 1, module.shared_keyids + module.private_keyids,
		module.global_keyid.value(), tdx::availability(tdx::Feature::kExtensions),
		tdx::availability(tdx::Feature::kTdxConnect),
		tdx::availability(tdx::Feature::kQuoting), tdx::host_flush(), tdx::features0());
	return 0;
}

extern "C" void tdx_core_stop(void)
{
	tdx::quarantine::abandon();
}
