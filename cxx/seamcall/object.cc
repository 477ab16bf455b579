// SPDX-License-Identifier: GPL-2.0
#include "seamcall/object.hpp"

#include "facts/tdx_module.hpp"

namespace tdx {

namespace {

/*
 * Records what the leaf answered that pages of @array were handed over to. They belong to @owner then, if there is one:
 * without an id, to the object whose ID is in RCX.
 */
Result<void> record(const HandOver &hand_over, PageArray &array, const Answer &answer,
		    std::optional<ObjectId> owner = {})
{
	const auto outcome = outcome_of(answer.status, answer.was_interrupted);

	if (owner && !owner->id)
		owner->id = answer.out.rcx;
	array.record(array.custody().after_hand_over(hand_over, outcome, answer.status),
		     outcome == HandOverOutcome::kAccepted && owner ? owner : array.object());
	return result_of(answer.status);
}

/* Hands one page over, in RCX. It gets lines of @hkid also when the module refuses it late. */
Result<void> hand_over_page(Leaf leaf, PageArray &array, u32 index, u64 rdx, Hkid hkid,
			    std::optional<ObjectId> owner = {})
{
	TRY(array.check_not_broken(not_issued(leaf), index, 1));
	array.flush(index, 1);
	return record({leaf, index + 1, hkid}, array,
		      issue(leaf, {.rcx = array.page(index).hpa().value(), .rdx = rdx}), owner);
}

/* True if the module did not end the call that it had interrupted. */
bool is_still_interrupted(CompletionStatus status)
{
	return !status.module_ran() || status.is_busy() ||
	       status.is(StatusCode::kInterruptedResumable);
}

/* True if the interrupted module can have turned @list into @left: only FIRST_ENTRY moves, and forward. */
bool continues(const HpaListInfo &list, const HpaListInfo &left)
{
	return left.list == list.list && left.last_entry == list.last_entry &&
	       left.first_entry >= list.first_entry;
}

/*
 * Issues the leaf until the list is done. Each resumption runs on the word that the module gave
 * back, where FIRST_ENTRY tells how far it came: @left is where it waits for a call that was given up, and where it began
 * to wait before this one.
 */
Answer add_until_done(HpaListInfo list, std::optional<HpaListInfo> &left)
{
	bool interrupted = left.has_value();

	list = left.value_or(list);
	left.reset();
	for (Patience patience;;) {
		Answer answer = issue(Leaf::kExtMemAdd, {.rcx = list.encode()});
		answer.was_interrupted = interrupted;
		if (!answer.status.is(StatusCode::kInterruptedResumable)) {
			if (interrupted && is_still_interrupted(answer.status))
				left = list;
			return answer;
		}

		answer.was_interrupted = interrupted = true;
		const auto rest = HpaListInfo::decode(answer.out.rcx);
		if (!rest || !continues(list, *rest)) {
			tdx_shim_report(
				TDX_SHIM_MODULE_BUG,
				"%s was interrupted and changed its list from %#llx to %#llx",
				name_of(Leaf::kExtMemAdd), list.encode(), answer.out.rcx);
			return answer;
		}
		if (*rest != list)
			patience.progress();
		list = *rest;
		if (!patience.may_resume()) {
			left = list;
			return answer;
		}
	}
}

} // namespace

/* NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): a word of it is filled in */
Result<NewObject> make_object(Leaf leaf, PageArray &array, Registers &&in, Register list,
			      u64 parent)
{
	const Hkid hkid = tdx_module().global_keyid;
	const char *caller = not_issued(leaf);

	const bool goes_on = array.custody().is_interrupted() &&
			     array.custody().last_leaf() == leaf;

	TRY(check_feature(leaf));
	if (!goes_on)
		TRY(array.check_new_object(caller, hkid));
	TRY(array.check_not_broken(caller, 0, array.pages()));
	in.*list = TRY(row_of(leaf).flags & kQueues ? array.iommu_mt(caller)
						    : array.hpa_array(caller));
	if (!goes_on)
		array.flush(0, array.pages());
	const Answer answer = issue(leaf, in);
	TRY(record({leaf, array.pages(), hkid}, array, answer, ObjectId{0, parent}));
	return NewObject{answer.out.rcx, answer.out.rdx};
}

/* NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): as above */
Result<void> delete_object(Leaf leaf, PageArray &array, ObjectId object, Registers &&in,
			   Register aux)
{
	const auto &owner = array.object();

	TRY(check_feature(leaf));
	if (!array.custody().allows_delete_by(leaf) || !owner)
		return REFUSE(not_issued(leaf), Errno::kInvalid,
			      "array %llu is not the metadata of object %#llx", array.id(),
			      object.id);
	if (owner != object)
		return REFUSE(not_issued(leaf), Errno::kInvalid,
			      "array %llu is the metadata of object %#llx, not of %#llx",
			      array.id(), owner->id, object.id);

	in.*aux = array.prepare_aux_page();
	array.progress().reset();
	const Answer answer = issue(leaf, in);
	const CompletionStatus status = answer.status;
	const Custody &custody = array.custody();
	if (status.is_success() && array.is_whole(answer.out.rcx)) {
		array.record(custody.after_return(leaf, status), {});
	} else if (status.is_success()) {
		if (!array.is_list_unwritten())
			tdx_shim_report(TDX_SHIM_MODULE_BUG,
					"%s released a list (%#llx) that is not the %u pages of "
					"object %#llx",
					name_of(leaf), answer.out.rcx, array.pages(), object.id);
		array.record(custody.after_doubt(leaf, status), {});
	} else if (answer.was_interrupted || status.is_ecmd_failure()) {
		/* The object is still there, and the call can be made again. */
		array.record(custody.after_doubt(leaf, status));
	} else if (status.says_no()) {
		/* The pages stay the module's. */
		array.record(custody.after_answer(leaf, status));
	} else if (status.module_ran()) {
		/* An object that may be gone is forgotten: the module may give its number to another one. */
		array.record(custody.after_doubt(leaf, status), {});
	}
	return result_of(status);
}

Result<void> make_root(Leaf leaf, PageArray &array, u64 rdx, Hkid page_hkid, Hkid td_hkid)
{
	if (array.pages() != 1)
		return REFUSE(not_issued(leaf), Errno::kInvalid, "array %llu has %u pages, not 1",
			      array.id(), array.pages());
	TRY(array.check_new_object(not_issued(leaf), page_hkid));
	TRY(hand_over_page(leaf, array, 0, rdx, page_hkid));
	array.record_root(leaf, td_hkid);
	return {};
}

Result<void> add_page(Leaf leaf, PageArray &array, const ControlRoot &root)
{
	const u32 next = array.custody().owned();
	const ObjectId owner{root.page.value()};
	const auto &object = array.object();
	const char *caller = not_issued(leaf);

	if (!array.layout().is_plain())
		return REFUSE(caller, Errno::kInvalid,
			      "array %llu has the layout of IOMMU metadata", array.id());
	if (next == array.pages())
		return REFUSE(caller, Errno::kInvalid,
			      "all %u pages of array %llu are handed over already", array.pages(),
			      array.id());
	if (next && object && object != owner)
		return REFUSE(caller, Errno::kBusy, "array %llu belongs to object %#llx",
			      array.id(), object->id);
	TRY(array.check_next_window(leaf, root.td_hkid, next));
	return hand_over_page(leaf, array, next, owner.id, root.td_hkid, owner);
}

Result<void> add_window(PageArray &array)
{
	constexpr Leaf kLeaf = Leaf::kExtMemAdd;
	const char *caller = not_issued(kLeaf);
	const Window window = array.window();
	const Hkid hkid = tdx_module().global_keyid;

	TRY(check_feature(kLeaf));
	if (!array.layout().is_plain())
		return REFUSE(caller, Errno::kInvalid,
			      "array %llu has the layout of IOMMU metadata", array.id());
	if (window.is_empty())
		return REFUSE(caller, Errno::kInvalid, "array %llu has no populated window",
			      array.id());
	if (window.offset != array.custody().owned())
		return REFUSE(
			caller, Errno::kInvalid,
			"the window of array %llu begins at page %u, but %u pages are handed over",
			array.id(), window.offset, array.custody().owned());
	TRY(array.check_next_window(kLeaf, hkid, window.offset));
	TRY(array.check_not_broken(caller, window.offset, window.count));
	const auto list = TRY(array.list_info(caller));

	array.flush(window.offset, window.count);
	auto left = array.interrupted_list();
	const Answer answer = add_until_done(list, left);
	array.record_interrupted_list(left);
	return record({kLeaf, window.end(), hkid}, array, answer);
}

} // namespace tdx
