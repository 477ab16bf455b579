// SPDX-License-Identifier: GPL-2.0
/* From the metadata to running extensions. */
#include "array/create.hpp"
#include "release/release.hpp"
#include "seamcall/object.hpp"
#include "seamcall/query.hpp"
#include "host/host.hpp"

namespace tdx {

namespace {

/* These fields moved to other IDs after the posted series of March 2026: reads the one that the module has. */
Result<u64> read_either(MetadataField field, MetadataField early_field)
{
	const auto value = read_field(field);

	return value ? value : read_field(early_field);
}

Result<void> add_all_windows(const char *caller, PageArray &array)
{
	for (u32 offset = 0; offset < array.pages(); offset += kListEntries) {
		TRY(array.populate(caller, offset));
		TRY(add_window(array));
	}
	return {};
}

/* The pages belong to the module for good, however far the work came. */
Result<void> give_memory(const char *caller, u32 pages)
{
	const auto array = TRY(create(caller, pages));
	const auto added = add_all_windows(caller, *array);
	const auto leaked = TRY(leak(caller, *array));

	if (leaked.kept)
		tdx_shim_info("extensions: the TDX module keeps %u pages (%u MiB) until reboot",
			      leaked.kept, leaked.kept >> 8);
	if (leaked.quarantined)
		return failure(Errno::kUnclean);
	return added;
}

Result<void> start()
{
	constexpr const char *kCaller = "tdx_extensions_start";
	/* Two callers would read the same need and give twice as much. */
	const LockGuard lock(TDX_SHIM_LOCK_EXTENSIONS);

	TRY(find_features());
	TRY(check_feature(Leaf::kExtMemAdd));
	const u64 required = TRY(
		read_either(MetadataField::kExtRequired, MetadataField::kExtRequiredEarly));
	const u64 pages = TRY(read_either(MetadataField::kExtMemoryPoolRequiredPages,
					  MetadataField::kExtMemoryPoolRequiredPagesEarly));
	tdx_shim_debug("extensions: %llu more pages needed, %s", pages,
		       required ? "not started" : "started or not needed");
	if (pages)
		TRY(give_memory(kCaller, truncate<u32>(pages)));
	if (required)
		TRY(call(Leaf::kExtInit, {}));
	return {};
}

} // namespace

Result<void> start_extensions()
{
	const auto started = start();

	if (!started)
		tdx_shim_error(
			"tdx_extensions_start: the extensions could not be started (errno %d)",
			started.error().to_errno());
	return started;
}

} // namespace tdx
