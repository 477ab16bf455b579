// SPDX-License-Identifier: GPL-2.0
#include "tdh_td.hpp"

#include "object.hpp"
#include "tdx_module.hpp"

namespace tdx {

namespace {

/*
 * Hands over page @index: in RCX, with what it belongs to in RDX. The page gets lines of @hkid also
 * when the module refuses it late.
 */
Answered<void> hand_over_page(PageArray &array, u32 index, Leaf leaf, u64 rdx, Hkid hkid,
			      const std::optional<ObjectId> &owner = {})
{
	array.flush(index, 1);
	const Answer answer = retry_while_busy([&] {
		return seamcall_ret(leaf, {.rcx = array.page(index).hpa().value(), .rdx = rdx});
	});
	array.record_hand_over({leaf, {index, 1}, hkid, WayBack::kReclaim},
			       outcome_of(answer.status), answer.status, owner);
	return answered(answer.status);
}

/* Makes a TDR or a TDVPR of an array of one page. */
Answered<void> create_root(PageArray &array, Leaf leaf, u64 rdx, Hkid page_hkid, Hkid td_hkid)
{
	if (array.pages() != 1)
		return refuse(Errno::kInvalid);
	TRY_OR_REFUSE(check_new_object(array, page_hkid));

	const auto created = hand_over_page(array, 0, leaf, rdx, page_hkid);
	if (created)
		array.record_td_hkid(td_hkid);
	return created;
}

/* Adds the next page to what stands at @root. */
Answered<void> add_next_page(PageArray &array, Leaf leaf, const ControlRoot &root)
{
	const u32 next = array.custody().owned();
	const ObjectId owner{root.page.value()};

	if (next == array.pages() || !array.layout().is_plain())
		return refuse(Errno::kInvalid);
	if (array.is_mapped() ||
	    !array.custody().allows_next_window(leaf, root.td_hkid, {next, 1}) ||
	    (next && array.object() != owner))
		return refuse(Errno::kBusy);

	return hand_over_page(array, next, leaf, root.page.value(), root.td_hkid, owner);
}

} // namespace

Answered<void> tdh_mng_create(PageArray &tdr, Hkid hkid)
{
	return create_root(tdr, Leaf::kMngCreate, hkid.value(), tdx_module().global_keyid(), hkid);
}

Answered<void> tdh_mng_addcx(const ControlRoot &tdr, PageArray &tdcs)
{
	return add_next_page(tdcs, Leaf::kMngAddcx, tdr);
}

Answered<void> tdh_vp_create(const ControlRoot &tdr, PageArray &tdvpr)
{
	return create_root(tdvpr, Leaf::kVpCreate, tdr.page.value(), tdr.td_hkid, tdr.td_hkid);
}

Answered<void> tdh_vp_addcx(const ControlRoot &tdvpr, PageArray &tdcx)
{
	return add_next_page(tdcx, Leaf::kVpAddcx, tdvpr);
}

} // namespace tdx
