// SPDX-License-Identifier: GPL-2.0
#include "tdh_spdm.hpp"

#include "hand_over.hpp"
#include "tdx_module.hpp"

namespace tdx {

Answered<u64> tdh_spdm_create(u64 func_id, PageArray &array)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	if (array.is_mapped() || !array.custody().allows_new_object())
		return refuse(Errno::kBusy);
	const auto list = array.try_hpa_array();
	if (!list)
		return refuse(list.error());

	array.flush_window();
	const Answer answer = retry_while_busy([&] {
		return seamcall_ret(Leaf::kSpdmCreate, {.rcx = func_id, .rdx = list->encode()});
	});
	array.record_hand_over({Leaf::kSpdmCreate, array.window(), tdx_module().global_keyid(),
				WayBack::kDeleteLeaf},
			       outcome_of(answer.status), answer.status);
	if (!answer.status.is_success())
		return std::unexpected(answer.status);
	array.set_object_id(answer.out.rcx);
	return answer.out.rcx;
}

CompletionStatus tdh_spdm_delete(u64 spdm_id, PageArray &array)
{
	const Custody &custody = array.custody();

	if (!tdx_module().has(Feature::kTdxConnect))
		return CompletionStatus::refused(Errno::kNotSupported);
	if (custody.state() != CustodyState::kModule || custody.leaf() != Leaf::kSpdmCreate ||
	    array.object_id() != spdm_id)
		return CompletionStatus::refused(Errno::kInvalid);

	const u64 aux = array.prepare_aux_page();
	const Answer answer = retry_while_busy(
		[&] { return seamcall_ret(Leaf::kSpdmDelete, {.rcx = spdm_id, .rdx = aux}); });
	if (answer.status.is_success() && array.is_whole(answer.out.rcx)) {
		array.record_return(answer.status);
	} else if (answer.status.is_success()) {
		tdx_shim_broken_promise(
			"%s gave back another list (%#llx) than the %u pages of session %#llx",
			name_of(Leaf::kSpdmDelete), answer.out.rcx, array.pages(), spdm_id);
		array.record_doubt(answer.status);
	} else if (answer.status.module_ran() && !answer.status.says_no()) {
		array.record_doubt(answer.status);
	}
	return answer.status;
}

} // namespace tdx
