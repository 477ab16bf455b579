// SPDX-License-Identifier: GPL-2.0
#include "tdh_spdm.hpp"

#include "object.hpp"
#include "tdx_module.hpp"

namespace tdx {

Answered<u64> tdh_spdm_create(u64 func_id, PageArray &array)
{
	const Hkid hkid = tdx_module().global_keyid();

	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	TRY_OR_REFUSE(check_new_object(array, hkid));
	const auto list = TRY_OR_REFUSE(array.try_hpa_array());

	array.flush(0, array.pages());
	const Answer answer = retry_while_busy([&] {
		return seamcall_ret(Leaf::kSpdmCreate, {.rcx = func_id, .rdx = list.encode()});
	});
	array.record_hand_over(whole_array(array, Leaf::kSpdmCreate, hkid),
			       outcome_of(answer.status), answer.status, ObjectId{answer.out.rcx});
	if (!answer.status.is_success())
		return std::unexpected(answer.status);
	return answer.out.rcx;
}

Answered<void> tdh_spdm_delete(u64 spdm_id, PageArray &array)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	TRY_OR_REFUSE(check_delete(array, Leaf::kSpdmCreate, {spdm_id}));

	const u64 aux = array.prepare_aux_page();
	const Answer answer = retry_while_busy(
		[&] { return seamcall_ret(Leaf::kSpdmDelete, {.rcx = spdm_id, .rdx = aux}); });
	record_take_back(array, Leaf::kSpdmDelete, answer, Course::kAtOnce,
			 answer.status.is_success() && array.is_whole(answer.out.rcx)
				 ? ReleasedList::kMatches
				 : ReleasedList::kDiffers);
	return answered(answer.status);
}

} // namespace tdx
