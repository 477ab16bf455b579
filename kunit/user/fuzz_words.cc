// SPDX-License-Identifier: GPL-2.0
/*
 * The words and lists that are passed to the TDX module and back, with every value (make fuzz
 * TARGET=words). What is right is computed here a second time, from the bits.
 *
 * An input begins with the kind of the check; digits follow.
 */
#include <deque>
#include <vector>

#include "array/linked_list.hpp"
#include "fuzz_input.hpp"
#include "machine.h"
#include "platform.h"

using fuzz::Input;
using fuzz::must;

namespace {

constexpr u64 kHpaBits = 0x000FFFFFFFFFF000;
constexpr u64 kReserved = 0x0070000000000000;

void look_at_word(u64 word)
{
	const u64 low = word & 0xFFF, first = word >> 3 & 0x1FF, last = word >> 55;
	const auto info = tdx::HpaListInfo::decode(word);

	must(info.has_value() == (!(word & kReserved) && !(low & 7) && first <= last),
	     "HPA_LIST_INFO is accepted or refused wrongly");
	must(!info || info->encode() == word, "HPA_LIST_INFO changes on its way");
	must(!info || (info->list.value() == (word & kHpaBits) && info->first_entry == first &&
		       info->last_entry == last),
	     "HPA_LIST_INFO has other fields");
}

void look_at_status(u64 word)
{
	const tdx::CompletionStatus status(word);
	const int error = tdx_status_to_errno(word);
	const auto outcome = outcome_of(status, false), resumed = outcome_of(status, true);

	must(status.is_success() == (word == 0), "what is not 0 is a success, or 0 is none");
	must(tdx::result_of(status).has_value() == status.is_success() && !error == !word,
	     "success has an errno, or a failure none");
	must(error <= 0 && error >= -4095, "that is no errno");
	must(status.is_success() + status.says_no() + !status.module_ran() <= 1,
	     "a status means two things");
	must(!status.is_refusal() || !status.module_ran(), "the module ran a call it never got");
	must(!status.is_busy() || status.says_no(), "BUSY is not a plain no");
	must(!status.says_no() || word >> 63, "a no without the error bit");
	must((outcome == tdx::HandOverOutcome::kAccepted) == status.is_success() &&
		     (outcome == tdx::HandOverOutcome::kNotRun) == !status.module_ran() &&
		     (outcome == tdx::HandOverOutcome::kRefused) == status.says_no(),
	     "a status is taken for another outcome");
	must((resumed == tdx::HandOverOutcome::kAccepted) == status.is_success() &&
		     (status.is_success() || resumed == tdx::HandOverOutcome::kUnknown),
	     "after an interruption more than success is clear");
}

/* An array whose pages and list page are known. */
struct Known {
	std::vector<u64> words; /* its list, as it should be */
	u64 list = 0;		/* HPA of the list page */
	tdx::PageArray array;

	explicit Known(tdx::Layout layout) : array(layout) {}
};

/* Never destroyed: an array that dies with pages is a defect. */
std::deque<Known> &arrays = *new std::deque<Known>;

/* An array of @queues blocks of @order and @pages single pages. */
void add(u32 queues, u32 order, u32 pages)
{
	Known &known = arrays.emplace_back(queues ? tdx::Layout::iommu_mt(order) : tdx::Layout{});
	const auto take = [&](tdx::PageBlocks &blocks) {
		return queues ? blocks.try_take_with_queues(queues, order, pages, {})
			      : blocks.try_take(pages, {});
	};

	must(known.array.try_fill(take).has_value(), "no pages");
	known.list = known.array.list_info("fuzz")->list.value();
	for (u32 queue = 0; queue < queues; queue++)
		known.words.push_back(known.array.page(queue << order).hpa().value() |
				      (order ? 1 << order : 0));
	for (u32 i = 0; i < pages; i++)
		known.words.push_back(known.array.page((queues << order) + i).hpa().value());
}

/* What the module may have written in place of @word. */
u64 changed(Input &from, u64 word)
{
	switch (from.next()) {
	case '.':
		return word;
	case '^':
		return word ^ u64 { 1 } << from.digits(2) % 64;
	case '+':
		return word + 4096;
	case '0':
		return 0;
	case 'f':
		return ~u64{0};
	default:
		return from.word();
	}
}

/* A DELETE gave @array back: an answer is believed if and only if it is exactly the array. */
void look_at_released(Input &from)
{
	Known &known = arrays[from.below(arrays.size())];
	const bool is_iommu = !known.array.layout().is_plain();
	const u32 count = static_cast<u32>(known.words.size());
	u64 *list = static_cast<u64 *>(machine_address(known.list >> 12));
	const u64 right = (count == 1 ? known.words[0] : known.list) | u64{count - 1} << 55;
	bool same = true;

	must(count > 0, "an array without a page");
	must(known.array.prepare_aux_page() == (count == 1 ? 0 : known.list), "a wrong AUX page");
	for (u32 i = 0; count > 1 && i < count; i++)
		must(list[i] == ~u64{0}, "the AUX page can hold an answer");
	must(known.array.window().is_empty(), "a window is populated that was poisoned");
	must(count == 1 || !known.array.is_whole(right), "a poisoned list is believed");

	if (from.next() != 's') /* 's': a list that is left as the host wrote it */
		for (u32 i = 0; i < count; i++)
			list[i] = known.words[i];
	const u64 word = changed(from, right);
	while (!from.is_empty()) {
		const u64 place = from.digits(3) % count;
		if (from.yes())
			std::swap(list[place], list[from.digits(3) % count]);
		else
			list[place] = changed(from, known.words[place]);
	}
	for (u32 i = 0; i < count; i++)
		same &= list[i] == known.words[i];
	if (is_iommu) {
		must(known.array.is_whole(word) == same, "an IOMMU's list is believed wrongly");
		return;
	}
	must(known.array.is_whole(word) == (word == right && (count == 1 || same)),
	     "a released list is believed wrongly");
}

/* The list of nodes, read as the module reads it. */
void look_at_nodes(Input &from)
{
	const Known &known = arrays[from.below(arrays.size())];
	const u32 pages = known.array.pages();
	const auto list = tdx::LinkedList::try_make(known.array);
	must(list.has_value(), "no memory for nodes");

	const u64 *node = static_cast<u64 *>(machine_address(list->first_node().value() >> 12));
	u32 done = 0;
	for (;;) {
		for (u32 i = 0; i < 511; i++) {
			if (done < pages)
				must(node[i] == known.array.page(done++).hpa().value(),
				     "a node names another page");
			else
				must(node[i] == ~u64{0}, "the list does not end");
		}
		if (node[511] == ~u64{0})
			break;
		must(done < pages && !(node[511] & 0xFFF), "a link to nowhere");
		node = static_cast<u64 *>(machine_address(node[511] >> 12));
	}
	must(done == pages, "the list ends too early");
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
	machine_start(4096);
	platform_is_alone = true;
	for (const u32 pages : {1, 2, 3, 511, 512})
		add(0, 0, pages);
	add(2, 0, 1);
	add(2, 1, 3);
	add(2, 3, 510);
	return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	Input input(std::span(data, size));

	switch (input.next()) {
	case 'w':
		while (!input.is_empty())
			look_at_word(input.word());
		break;
	case 's':
		while (!input.is_empty())
			look_at_status(input.word());
		break;
	case 'r':
		look_at_released(input);
		break;
	case 'n':
		look_at_nodes(input);
		break;
	default:
		/* Eight raw bytes, in which libFuzzer finds magic numbers by itself. */
		u64 word = 0;
		for (u32 i = 0; i < sizeof(word); i++)
			word = word << 8 | input.next();
		look_at_word(word);
		look_at_status(word);
	}
	return 0;
}
