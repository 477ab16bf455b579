// SPDX-License-Identifier: GPL-2.0
#include "tdh_ide.hpp"

#include "object.hpp"
#include "tdx_module.hpp"

namespace tdx {

Answered<IdeStreamIds> tdh_ide_stream_create(u64 spdm_id, const tdx_ide_stream &stream,
					     PageArray &array)
{
	const Hkid hkid = tdx_module().global_keyid();

	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	TRY_OR_REFUSE(check_new_object(array, hkid));
	const auto list = TRY_OR_REFUSE(array.try_hpa_array());

	array.flush(0, array.pages());
	const Answer answer = retry_while_busy([&] {
		return seamcall_saved_ret(Leaf::kIdeStreamCreate, {.rcx = stream.info,
								   .rdx = spdm_id,
								   .r8 = list.encode(),
								   .r9 = stream.control,
								   .r10 = stream.rid_assoc1,
								   .r11 = stream.rid_assoc2,
								   .r12 = stream.addr_assoc1,
								   .r13 = stream.addr_assoc2,
								   .r14 = stream.addr_assoc3});
	});
	array.record_hand_over(whole_array(array, Leaf::kIdeStreamCreate, hkid),
			       outcome_of(answer.status), answer.status,
			       ObjectId{answer.out.rcx, spdm_id});
	if (!answer.status.is_success())
		return std::unexpected(answer.status);
	return IdeStreamIds{answer.out.rcx, answer.out.rdx};
}

Answered<void> tdh_ide_stream_block(u64 spdm_id, u64 stream_id)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);

	const Answer answer = retry_while_busy([&] {
		return seamcall_ret(Leaf::kIdeStreamBlock, {.rcx = spdm_id, .rdx = stream_id});
	});
	return answered(answer.status);
}

Answered<void> tdh_ide_stream_delete(u64 spdm_id, u64 stream_id, PageArray &array)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	TRY_OR_REFUSE(check_delete(array, Leaf::kIdeStreamCreate, {stream_id, spdm_id}));

	const u64 aux = array.prepare_aux_page();
	const Answer answer = retry_while_busy([&] {
		return seamcall_ret(Leaf::kIdeStreamDelete,
				    {.rcx = spdm_id, .rdx = stream_id, .r8 = aux});
	});
	record_take_back(array, Leaf::kIdeStreamDelete, answer, Course::kAtOnce,
			 answer.status.is_success() && array.is_whole(answer.out.rcx)
				 ? ReleasedList::kMatches
				 : ReleasedList::kDiffers);
	return answered(answer.status);
}

MessageAnswer tdh_ide_stream_km(u64 spdm_id, u64 stream_id, u64 operation, const Mailbox &mailbox)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse_message(Errno::kNotSupported);

	const auto last = resume_with_same_inputs([&] {
		return seamcall_ret(Leaf::kIdeStreamKm, {.rcx = spdm_id,
							 .rdx = stream_id,
							 .r8 = operation,
							 .r9 = mailbox.response.hpa().value(),
							 .r10 = mailbox.request.hpa().value()});
	});
	return message_answer(Leaf::kIdeStreamKm, last.answer, 0);
}

} // namespace tdx
