/* SPDX-License-Identifier: GPL-2.0 */
/* What the answer of a leaf that deletes an object says about the object's pages. */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/* Does the list that the leaf wrote, if it said success, name exactly the array? */
enum class ReleasedList : u8 {
	kMatches,
	kDiffers
};

/* Was the call interrupted before it was answered? */
enum class Course : u8 {
	kAtOnce,
	kInterrupted
};

/*
 * Records what @leaf answered. A plain no changes nothing: the pages stay the module's. After an
 * interruption it is none: part of the work was done.
 */
void record_take_back(PageArray &array, Leaf leaf, const Answer &answer, Course course,
		      ReleasedList list);

} // namespace tdx
