// SPDX-License-Identifier: GPL-2.0
#include "tdh_quote.hpp"

#include "linked_list.hpp"
#include "tdx_module.hpp"

namespace tdx {

namespace {

/* RDX: the id of the quote, and all ones in bits 47:32 (posted Quoting series). */
constexpr u64 quote_word(u32 quote_id)
{
	return u64{quote_id} | u64{0xFFFF} << 32;
}

static_assert(quote_word(0x80000001) == 0x0000FFFF80000001);

} // namespace

Answered<void> tdh_quote_init()
{
	if (!tdx_module().has(Feature::kQuoting))
		return refuse(Errno::kNotSupported);

	const auto last = resume_with_same_inputs(
		[] { return seamcall_ret(Leaf::kQuoteInit, {}); });
	return answered(last.answer.status);
}

Answered<u64> tdh_quote_get(Pfn tdr, u32 quote_id, QuoteInput input, PageArray &output)
{
	if (!tdx_module().has(Feature::kQuoting))
		return refuse(Errno::kNotSupported);
	if (!output.custody().is_plain())
		return refuse(Errno::kBusy);
	if (input.bytes > kPageSize)
		return refuse(Errno::kInvalid);
	const auto list = TRY_OR_REFUSE(LinkedList::try_make(output));
	const u64 room = u64{output.pages()} << kPageShift;

	output.record_output(0);
	const auto last = resume_with_same_inputs([&] {
		return seamcall_ret(Leaf::kQuoteGet, {.rcx = tdr.hpa().value(),
						      .rdx = quote_word(quote_id),
						      .r8 = input.page.hpa().value(),
						      .r9 = input.bytes,
						      .r10 = list.first_node().value(),
						      .r11 = room});
	});
	if (!last.answer.status.is_success())
		return std::unexpected(last.answer.status);
	if (last.answer.out.rcx > room) {
		tdx_shim_tdx_module_bug("%s reports %llu bytes of output, but the buffer has %llu",
					name_of(Leaf::kQuoteGet), last.answer.out.rcx, room);
		return refuse(Errno::kIo);
	}
	output.record_output(last.answer.out.rcx);
	return last.answer.out.rcx;
}

} // namespace tdx
