/* SPDX-License-Identifier: GPL-2.0 */
/* What all leaves share that make an object out of a whole array, or delete it. */
#pragma once

#include "hand_over.hpp"
#include "page_array.hpp"
#include "take_back.hpp"

namespace tdx {

/* Fails with kBusy unless a new object may be made of @array under @hkid. */
inline Result<void> check_new_object(const PageArray &array, Hkid hkid)
{
	if (array.is_mapped() || !array.custody().allows_new_object(hkid))
		return Failure(Errno::kBusy);
	return {};
}

/* Fails with kInvalid unless @array holds the pages of @object, made by @leaf. */
inline Result<void> check_delete(const PageArray &array, Leaf leaf, ObjectId object)
{
	if (!array.custody().allows_delete_of(leaf) || array.object() != object)
		return Failure(Errno::kInvalid);
	return {};
}

/* All pages of @array, under @hkid, until a leaf deletes the object. */
inline HandOver whole_array(const PageArray &array, Leaf leaf, Hkid hkid)
{
	return {leaf, {0, array.pages()}, hkid, WayBack::kDeleteLeaf};
}

} // namespace tdx
