// SPDX-License-Identifier: GPL-2.0
/* From the metadata to running extensions, by the functions that every driver has. */
#include "lock.hpp"
#include "tdh_sys.hpp"
#include "tdx_module.hpp"
#include "tdx_page_array.h"

using tdx::CompletionStatus;
using tdx::Errno;
using tdx::Failure;
using tdx::MetadataField;
using tdx::Result;

namespace {

/* The value of the first of two fields that the module has: one meaning, moved to another id. */
Result<u64> read_either(MetadataField field, MetadataField early_field)
{
	const auto value = tdx::tdh_sys_rd(tdx::as_word(field));
	if (value)
		return *value;
	const auto early_value = tdx::tdh_sys_rd(tdx::as_word(early_field));
	if (early_value)
		return *early_value;
	return Failure(value.error().to_result().error());
}

Result<void> add_all_windows(tdx_page_array *array, u32 pages)
{
	for (u32 offset = 0; offset < pages; offset += TDX_PAGE_ARRAY_MAX_ENTRIES) {
		if (tdx_page_array_populate(array, offset) < 0)
			return Failure(Errno::kNoMemory);
		TRY(CompletionStatus(tdx_tdh_ext_mem_add(array)).to_result());
	}
	return {};
}

/* The pages belong to the module for good, however far the work came. */
Result<void> give_memory(u32 pages)
{
	tdx_page_array *array = tdx_page_array_create(pages);

	if (tdx::is_error(array))
		return Failure(tdx::errno_of(array));
	const auto added = add_all_windows(array, pages);
	const int leaked = tdx_page_array_leak(array);
	if (leaked)
		return Failure(tdx::as_errno(leaked));
	TRY(added);
	tdx_shim_info("extensions: the TDX module keeps %u pages (%u MiB) until reboot", pages,
		      pages >> 8);
	return {};
}

Result<void> start_extensions()
{
	/* Two callers would read the same need and give twice as much. */
	tdx::LockGuard lock(TDX_SHIM_LOCK_BRING_UP);

	if (!tdx::tdx_module().has(tdx::Feature::kExtensions))
		return Failure(Errno::kNotSupported);
	const u64 required = TRY(
		read_either(MetadataField::kExtRequired, MetadataField::kExtRequiredEarly));
	const u64 pages = TRY(read_either(MetadataField::kExtMemoryPoolRequiredPages,
					  MetadataField::kExtMemoryPoolRequiredPagesEarly));
	tdx_shim_debug("extensions: %llu more pages needed, %s", pages,
		       required ? "not started" : "started or not needed");
	if (pages)
		TRY(give_memory(tdx::truncate<u32>(pages)));
	if (required)
		TRY(CompletionStatus(tdx_tdh_ext_init()).to_result());
	return {};
}

} // namespace

int tdx_extensions_start(void)
{
	const auto started = start_extensions();

	if (started)
		return 0;
	tdx_shim_error("tdx_extensions_start: the extensions could not be started (errno %d)",
		       tdx::negative(started.error()));
	return tdx::negative(started.error());
}
