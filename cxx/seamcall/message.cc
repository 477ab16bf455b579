// SPDX-License-Identifier: GPL-2.0
#include "seamcall/message.hpp"

#include "array/linked_list.hpp"

namespace tdx {

namespace {

/* A length that the leaf reports: no output is used when there is not so much room. */
Result<u64> length(Leaf leaf, u64 bytes, u64 room)
{
	if (bytes <= room)
		return bytes;
	tdx_shim_report(TDX_SHIM_MODULE_BUG,
			"%s reports %llu bytes of output, but the buffer has %llu", name_of(leaf),
			bytes, room);
	return failure(Errno::kIo);
}

} // namespace

Result<void> exchange(Leaf leaf, Registers in, u64 *bytes, PageArray *output, Register where)
{
	TRY(check_feature(leaf));
	if (output) {
		TRY(output->check_plain(not_issued(leaf)));
		in.*where = TRY(output->hpa_array(not_issued(leaf)));
		output->record_output(0);
	}

	const Answer answer = issue(leaf, in);
	if (answer.status.is(StatusCode::kSpdmRequest))
		*bytes = TRY(length(leaf, answer.out.rcx, kPageSize));
	TRY(result_of(answer.status));
	/* Without an output buffer the register means nothing. */
	*bytes = output ? TRY(length(leaf, answer.out.rcx, output->size())) : 0;
	if (output)
		output->record_output(*bytes);
	return {};
}

Result<u64> get_quote(Registers in, PageArray &output)
{
	constexpr Leaf kLeaf = Leaf::kQuoteGet;

	TRY(check_feature(kLeaf));
	TRY(output.check_plain(not_issued(kLeaf)));
	const auto list = LinkedList::try_make(output);
	if (!list)
		return REFUSE(not_issued(kLeaf), Errno::kNoMemory,
			      "no memory for the list of pages");
	in.r10 = list->first_node().value();
	in.r11 = output.size();

	output.record_output(0);
	const Answer answer = issue(kLeaf, in);
	TRY(result_of(answer.status));
	const u64 bytes = TRY(length(kLeaf, answer.out.rcx, output.size()));
	output.record_output(bytes);
	return bytes;
}

} // namespace tdx
