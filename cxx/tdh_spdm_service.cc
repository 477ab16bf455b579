// SPDX-License-Identifier: GPL-2.0
#include "tdh_spdm_service.hpp"

#include "lock.hpp"
#include "tdx_module.hpp"

namespace tdx {

namespace {

/* Stands for a page or a buffer that is not there (SPDM.MNG, R8 and R11). */
constexpr u64 kNone = ~u64{0};

/* One call of the service, over all its interruptions. */
Answer call_service(Leaf leaf, const Registers &in)
{
	LockGuard lock(TDX_SHIM_LOCK_SERVICE);

	return resume_with_same_inputs([&] { return seamcall_ret(leaf, in); }).answer;
}

/* The HPA_ARRAY_T of an output buffer. */
Result<u64> try_output_word(PageArray &output)
{
	if (!output.custody().is_plain())
		return Failure(Errno::kBusy);
	output.record_output(0);
	return TRY(output.try_hpa_array()).encode();
}

u64 size_of(const PageArray &output)
{
	return u64{output.pages()} << kPageShift;
}

} // namespace

MessageAnswer tdh_spdm_connect(u64 spdm_id, Pfn config, const Mailbox &mailbox, PageArray &output)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse_message(Errno::kNotSupported);
	const auto word = try_output_word(output);
	if (!word)
		return refuse_message(word.error());

	const Answer last = call_service(Leaf::kSpdmConnect, {.rcx = spdm_id,
							      .rdx = config.hpa().value(),
							      .r8 = mailbox.response.hpa().value(),
							      .r9 = mailbox.request.hpa().value(),
							      .r10 = *word});
	const auto answer = message_answer(Leaf::kSpdmConnect, last, size_of(output));
	if (answer.status.is_success())
		output.record_output(answer.bytes);
	return answer;
}

MessageAnswer tdh_spdm_disconnect(u64 spdm_id, const Mailbox &mailbox)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse_message(Errno::kNotSupported);

	const Answer last = call_service(Leaf::kSpdmDisconnect,
					 {.rcx = spdm_id,
					  .rdx = mailbox.response.hpa().value(),
					  .r8 = mailbox.request.hpa().value()});
	return message_answer(Leaf::kSpdmDisconnect, last, 0);
}

MessageAnswer tdh_spdm_mng(u64 spdm_id, u64 operation, Pfn parameter, const Mailbox &mailbox,
			   PageArray *output)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse_message(Errno::kNotSupported);
	const auto word = output ? try_output_word(*output) : kNone;
	if (!word)
		return refuse_message(word.error());

	const Answer last = call_service(
		Leaf::kSpdmMng, {.rcx = spdm_id,
				 .rdx = operation,
				 .r8 = parameter.is_none() ? kNone : parameter.hpa().value(),
				 .r9 = mailbox.response.hpa().value(),
				 .r10 = mailbox.request.hpa().value(),
				 .r11 = *word});
	const auto answer = message_answer(Leaf::kSpdmMng, last, output ? size_of(*output) : 0);
	if (output && answer.status.is_success())
		output->record_output(answer.bytes);
	return answer;
}

} // namespace tdx
