// SPDX-License-Identifier: GPL-2.0
#include "tdh_ext.hpp"

#include "hand_over.hpp"
#include "tdx_module.hpp"

namespace tdx {

namespace {

struct AddAnswer {
	CompletionStatus status;
	HandOverOutcome outcome;
	/* Where the module waits for a call that was given up in the middle. */
	std::optional<HpaListInfo> left;
};

/* Did the module not end the call that it had interrupted? */
bool is_still_interrupted(CompletionStatus status)
{
	return !status.module_ran() || status.is_busy() ||
	       status.is(StatusCode::kInterruptedResumable);
}

/* May the interrupted module have turned @list into @left? Only FIRST_ENTRY moves, and forward. */
bool continues(const HpaListInfo &list, const HpaListInfo &left)
{
	return left.list == list.list && left.last_entry == list.last_entry &&
	       left.first_entry >= list.first_entry;
}

/* Is a list new to the module, or does it wait for this word? */
enum class Begin : u8 {
	kNew,
	kResumed
};

/*
 * Issues the leaf until the list is done. Each resumption runs on the word that the module gave
 * back, where FIRST_ENTRY tells how far it came.
 */
AddAnswer add_until_done(HpaListInfo list, Begin begin)
{
	bool resumed = begin == Begin::kResumed;

	for (u32 stalls = 0;;) {
		const Answer answer = retry_while_busy(
			[&] { return seamcall_ret(Leaf::kExtMemAdd, {.rcx = list.encode()}); });
		if (!answer.status.is(StatusCode::kInterruptedResumable)) {
			AddAnswer last{answer.status, outcome_of(answer.status), {}};
			if (resumed)
				last.outcome = outcome_of_resumed(answer.status);
			if (resumed && is_still_interrupted(answer.status))
				last.left = list;
			return last;
		}

		resumed = true;
		const auto left = HpaListInfo::decode(answer.out.rcx);
		if (!left || !continues(list, *left)) {
			tdx_shim_tdx_module_bug(
				"%s was interrupted and changed its list from %#llx to %#llx",
				name_of(Leaf::kExtMemAdd), list.encode(), answer.out.rcx);
			return {answer.status, HandOverOutcome::kUnknown, {}};
		}
		stalls = *left == list ? stalls + 1 : 0;
		list = *left;
		if (stalls > kMaxStalls)
			return {answer.status, HandOverOutcome::kUnknown, list};
		tdx_shim_breathe();
	}
}

} // namespace

Answered<void> tdh_ext_mem_add(PageArray &array)
{
	const Window window = array.window();
	const Hkid hkid = tdx_module().global_keyid();

	if (!tdx_module().has(Feature::kExtensions))
		return refuse(Errno::kNotSupported);
	if (!array.layout().is_plain() || window.is_empty() ||
	    window.offset != array.custody().owned())
		return refuse(Errno::kInvalid);
	if (array.is_mapped() ||
	    !array.custody().allows_next_window(Leaf::kExtMemAdd, hkid, window))
		return refuse(Errno::kBusy);

	const auto list = TRY_OR_REFUSE(array.try_list_info());

	array.flush(window.offset, window.count);
	const auto interrupted = array.interrupted_list();
	const AddAnswer answer = add_until_done(interrupted.value_or(list),
						interrupted ? Begin::kResumed : Begin::kNew);
	array.record_interrupted_list(answer.left);
	array.record_hand_over({Leaf::kExtMemAdd, window, hkid, WayBack::kNever}, answer.outcome,
			       answer.status);
	return answered(answer.status);
}

Answered<void> tdh_ext_init()
{
	if (!tdx_module().has(Feature::kExtensions))
		return refuse(Errno::kNotSupported);

	const auto last = resume_with_same_inputs([] { return seamcall_ret(Leaf::kExtInit, {}); });
	return answered(last.answer.status);
}

} // namespace tdx
