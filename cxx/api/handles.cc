// SPDX-License-Identifier: GPL-2.0
#include "api/handles.hpp"

namespace tdx {

Failure refuse_handle(const char *caller, const tdx_page_array *handle)
{
	if (!handle)
		return REFUSE(caller, Errno::kInvalid, "the page array is NULL");
	if (const s32 error = errno_in(handle))
		return REFUSE(caller, Errno::kInvalid,
			      "the page array is an error pointer (errno %d)", error);
	return REFUSE(caller, Errno::kBadHandle, "the page array is not live (already released?)");
}

Result<Claim> claim(const char *caller, tdx_page_array *handle)
{
	TRY(check_handle(caller, handle));
	if (!handle->try_claim())
		return REFUSE(caller, Errno::kBusy, "the page array is in use by another caller");
	return Claim(handle);
}

void Claim::destroy()
{
	const ArrayOwner last(std::exchange(array_, nullptr));

	tdx_shim_unpin_module();
}

Result<ControlRoot> control_root(Leaf leaf, const tdx_page_array *handle, Leaf created_by)
{
	TRY(check_handle(not_issued(leaf), handle));
	if (const auto root = handle->control_root(created_by))
		return *root;
	return REFUSE(not_issued(leaf), Errno::kInvalid,
		      "the array of the %s was not handed over by %s",
		      created_by == Leaf::kMngCreate ? "TDR" : "TDVPR", name_of(created_by));
}

} // namespace tdx
