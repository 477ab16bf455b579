// SPDX-License-Identifier: GPL-2.0
#include "tdh_iommu.hpp"

#include "object.hpp"
#include "tdx_module.hpp"

namespace tdx {

Answered<u64> tdh_iommu_setup(u64 reg_base, PageArray &array)
{
	const Hkid hkid = tdx_module().global_keyid();

	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	TRY_OR_REFUSE(check_new_object(array, hkid));
	const Hpa list = TRY_OR_REFUSE(array.try_iommu_mt());

	array.flush(0, array.pages());
	const auto last = resume_with_same_inputs([&] {
		return seamcall_ret(Leaf::kIommuSetup, {.rcx = reg_base, .rdx = list.value()});
	});
	array.record_hand_over(whole_array(array, Leaf::kIommuSetup, hkid), outcome_of(last),
			       last.answer.status, ObjectId{last.answer.out.rcx});
	if (!last.answer.status.is_success())
		return std::unexpected(last.answer.status);
	return last.answer.out.rcx;
}

Answered<void> tdh_iommu_clear(u64 iommu_id, PageArray &array)
{
	if (!tdx_module().has(Feature::kTdxConnect))
		return refuse(Errno::kNotSupported);
	TRY_OR_REFUSE(check_delete(array, Leaf::kIommuSetup, {iommu_id}));

	const u64 list = array.prepare_aux_page();
	const auto last = resume_with_same_inputs(
		[&] { return seamcall_ret(Leaf::kIommuClear, {.rcx = iommu_id, .rdx = list}); });
	record_take_back(array, Leaf::kIommuClear, last.answer,
			 last.was_interrupted ? Course::kInterrupted : Course::kAtOnce,
			 array.list_is_whole() ? ReleasedList::kMatches : ReleasedList::kDiffers);
	return answered(last.answer.status);
}

} // namespace tdx
