// SPDX-License-Identifier: GPL-2.0
#include "tdx_module.hpp"

#include <algorithm>
#include <initializer_list>

#include "list_page.hpp"
#include "private_lines.hpp"
#include "quarantine.hpp"
#include "tdh_phymem.hpp"
#include "tdh_sys.hpp"

namespace tdx {

namespace {

/* What a failing SEAMCALL means for the whole host. */
Errno meaning_of(CompletionStatus status)
{
	if (status.is(StatusCode::kSysNotReady) || status.is(StatusCode::kSysLpInitNotDone) ||
	    status.is(StatusCode::kSysShutdown))
		return Errno::kNoDevice;
	return status.to_result().error();
}

/* The line that tells it to a person, and what to do. */
Errno explain(Leaf leaf, CompletionStatus status)
{
	const Errno meaning = meaning_of(status);
	const int error = negative(meaning);

	if (status.raw() == TDX_SHIM_VMFAILINVALID)
		tdx_shim_error("no TDX module is loaded: SEAMCALL fails with VMfailInvalid. Enable "
			       "TDX in the BIOS, which loads the TDX module (errno %d)",
			       error);
	else if (status.raw() == TDX_SHIM_UD)
		tdx_shim_error(
			"SEAMCALL raises #UD: VMX is off on this CPU. See the virt/tdx lines of "
			"the "
			"kernel log; before Linux 7.3, load kvm_intel with tdx=1 first (errno %d)",
			error);
	else if (status.raw() == TDX_SHIM_GP)
		tdx_shim_error("SEAMCALL raises #GP: this platform has no TDX (SEAMRR is off). "
			       "Enable TDX in the BIOS (errno %d)",
			       error);
	else if (status.is(StatusCode::kSysNotReady) || status.is(StatusCode::kSysLpInitNotDone))
		tdx_shim_error(
			"the TDX module is loaded but not initialised (%s: %s, status "
			"%#llx). See the virt/tdx lines of the kernel log; before Linux 7.3, "
			"load kvm_intel with tdx=1 first (errno %d)",
			name_of(leaf), name_of(status), status.raw(), error);
	else if (status.is(StatusCode::kSysShutdown))
		tdx_shim_error(
			"the TDX module was shut down (%s: %s, status %#llx): it needs a reboot or "
			"an update (errno %d)",
			name_of(leaf), name_of(status), status.raw(), error);
	else
		tdx_shim_error(
			"the TDX module cannot be used: it answers %s with %s, status %#llx (errno "
			"%d)",
			name_of(leaf), name_of(status), status.raw(), error);
	return meaning;
}

constexpr u64 bit_of(Feature feature)
{
	return u64{1} << std::to_underlying(feature);
}

/*
 * Both bits had other meanings: bit 6 announced the older TDX-IO, whose leaves have the same
 * numbers and other registers, and bit 39 has another name in module 1.5. So the metadata of the
 * feature has to be there as well: one of @fields can be read.
 */
bool is_there(u64 features0, Feature feature, std::initializer_list<MetadataField> fields)
{
	if (!(features0 & bit_of(feature)))
		return false;
	return std::ranges::any_of(fields, [](MetadataField field) {
		return tdh_sys_rd(std::to_underlying(field)).has_value();
	});
}

/* Three fields, or none in modules that do not tell. */
std::optional<Version> read_version()
{
	const auto major = tdh_sys_rd(as_word(MetadataField::kMajorVersion));
	const auto minor = tdh_sys_rd(as_word(MetadataField::kMinorVersion));
	const auto update = tdh_sys_rd(as_word(MetadataField::kUpdateVersion));

	if (!major || !minor || !update)
		return {};
	return Version{truncate<u32>(*major), truncate<u32>(*minor), truncate<u32>(*update)};
}

/* Reading metadata works before the module is ready; asking about a page does not. */
Result<void> check_ready()
{
	const auto page = TRY(ListPage::try_take());
	const auto answer = tdh_phymem_page_rdmd(Pfn(page.hpa().value() >> kPageShift));

	/* A page outside every TDMR is an answer, too: memory that was added after boot. */
	if (answer || answer.error().is(StatusCode::kOperandAddrRangeError))
		return {};
	return Failure(explain(Leaf::kPhymemPageRdmd, answer.error()));
}

} // namespace

Result<TdxModule> TdxModule::find()
{
	TdxModule module;
	u64 partitioning = 0;

	if (tdx_shim_keyid_partitioning(&partitioning)) {
		tdx_shim_error(
			"this CPU has no KeyIDs: MSR 0x87 (IA32_MKTME_KEYID_PARTITIONING) does not "
			"exist (errno %d)",
			negative(Errno::kNoDevice));
		return Failure(Errno::kNoDevice);
	}
	module.shared_keyids_ = truncate<u32>(partitioning);
	module.private_keyids_ = truncate<u32>(partitioning >> 32);
	if (!module.private_keyids_) {
		tdx_shim_error(
			"this CPU has no private KeyIDs (IA32_MKTME_KEYID_PARTITIONING is "
			"%#llx). If it supports TDX, enable TME-MT and TDX in the BIOS (errno %d)",
			partitioning, negative(Errno::kNoDevice));
		return Failure(Errno::kNoDevice);
	}
	module.partial_write_erratum_ = tdx_shim_has_partial_write_erratum();
	if (module.partial_write_erratum_ && !tdx_shim_can_convert_pages()) {
		tdx_shim_error(
			"this CPU has the partial-write machine check erratum (tdx_pw_mce "
			"in /proc/cpuinfo), but no MOVDIR64B, which returned pages need (errno "
			"%d)",
			negative(Errno::kNotSupported));
		return Failure(Errno::kNotSupported);
	}
	module.global_keyid_ = Hkid(truncate<u16>((partitioning & 0xFFFF) + 1));
	module.keyid_shift_ = tdx_shim_physical_address_bits();

	const auto features = tdh_sys_rd(std::to_underlying(MetadataField::kTdxFeatures0));
	if (!features)
		return Failure(explain(Leaf::kSysRd, features.error()));
	module.features0_ = *features;
	module.version_ = read_version();
	if (is_there(*features, Feature::kTdxConnect, {MetadataField::kConnectSpdmMtPageCount}))
		module.features_ |= bit_of(Feature::kTdxConnect);
	if (is_there(*features, Feature::kExtensions,
		     {MetadataField::kExtRequired, MetadataField::kExtRequiredEarly}))
		module.features_ |= bit_of(Feature::kExtensions);
	/*
	 * A service of the extensions. Neither the bit nor the leaves had another meaning, and its
	 * metadata appears only after TDH.QUOTE.INIT: that leaf is left to tell the rest.
	 */
	if (module.has(Feature::kExtensions))
		module.features_ |= *features & bit_of(Feature::kQuoting);
	TRY(check_ready());
	return module;
}

Availability availability(Feature feature)
{
	const TdxModule &module = tdx_module();

	if (!(module.features0() & bit_of(feature)))
		return Availability::kNotSupported;
	if (!module.has(feature))
		return Availability::kNotEnabled;
	if (feature == Feature::kQuoting && !tdh_sys_rd(as_word(MetadataField::kMaxQuoteSize)))
		return Availability::kNotStarted;
	return Availability::kAvailable;
}

} // namespace tdx

extern "C" s32 tdx_core_start(void)
{
	const auto module = tdx::TdxModule::find();

	if (!module)
		return tdx::negative(module.error());
	tdx::detail::found = *module;
	const auto version = module->version().value_or(tdx::Version{});
	tdx_shim_info("TDX module %u.%u.%u%s: private KeyIDs %u to %u, global KeyID %u; "
		      "extensions %s, TDX Connect %s, Quoting %s (TDX_FEATURES0 %#llx)",
		      version.major, version.minor, version.update,
		      module->version() ? "" : " (version unknown)", module->shared_keyids() + 1,
		      module->shared_keyids() + module->private_keyids(),
		      module->global_keyid().value(),
		      name_of(tdx::availability(tdx::Feature::kExtensions)),
		      name_of(tdx::availability(tdx::Feature::kTdxConnect)),
		      name_of(tdx::availability(tdx::Feature::kQuoting)), module->features0());
	return 0;
}

extern "C" void tdx_core_stop(void)
{
	tdx::private_lines::write_back();
	tdx::quarantine::abandon();
}
