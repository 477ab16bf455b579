// SPDX-License-Identifier: GPL-2.0
#include "take_back.hpp"

namespace tdx {

void record_take_back(PageArray &array, Leaf leaf, const Answer &answer, Course course,
		      ReleasedList list)
{
	const CompletionStatus status = answer.status;

	if (!status.is_success()) {
		if (course == Course::kInterrupted) {
			/* The object is still there, and the call can be made again. */
			array.record_doubt(leaf, status);
		} else if (status.module_ran() && !status.says_no()) {
			array.record_doubt(leaf, status);
			/* A unit that did not do as told is still there, and can be told again. */
			if (!status.is_ecmd_failure())
				array.forget_object();
		} else if (status.says_no()) {
			array.record_answer(leaf, status);
		}
		return;
	}
	switch (list) {
	case ReleasedList::kMatches:
		array.record_return(leaf, status);
		break;
	case ReleasedList::kDiffers:
		/* There is an object: check_delete() has compared it. */
		tdx_shim_tdx_module_bug("%s released a list (%#llx) that is not the %u pages of "
					"object %#llx",
					name_of(leaf), answer.out.rcx, array.pages(),
					/* NOLINTNEXTLINE(bugprone-unchecked-optional-access) */
					array.object()->id);
		array.record_doubt(leaf, status);
		array.forget_object();
		break;
	}
}

} // namespace tdx
