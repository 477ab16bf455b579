/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaves that pages are handed over to, and leaves that give them back: one sequence for each, by the row of the leaf.
 * Each checks, flushes the host's lines, issues the leaf and records in the array what was answered.
 */
#pragma once

#include "array/page_array.hpp"
#include "seamcall/seamcall.hpp"

namespace tdx {

/* Outputs of a leaf that made an object: the module's ID in RCX, and RDX, which some leaves use. */
struct NewObject {
	u64 id;
	u64 rdx;
};

/*
 * Makes an object out of the whole array, which the module owns on success. @in has the inputs except the word that describes
 * the pages, which goes to @list. Fails with kTooBig, with kInvalid when the array has another layout than the leaf requires,
 * with kBusy when it is not the host's, with kIo when a page has a hardware error.
 */
Result<NewObject> make_object(Leaf leaf, PageArray &array, Registers &&in, Register list,
			      u64 parent = 0);

/*
 * Deletes @object, and compares the pages that come back with the array. The word for the list page goes to @aux. Fails with
 * kInvalid when the array does not hold the pages of that object.
 */
Result<void> delete_object(Leaf leaf, PageArray &array, ObjectId object, Registers &&in,
			   Register aux);

/* Makes a TDR or a TDVPR of an array of one page, in RCX, for a TD with the KeyID @td_hkid. */
Result<void> make_root(Leaf leaf, PageArray &array, u64 rdx, Hkid page_hkid, Hkid td_hkid);

/* Adds the next page that was not handed over yet, in RCX, to the TD or vCPU of @root, in RDX. */
Result<void> add_page(Leaf leaf, PageArray &array, const ControlRoot &root);

/*
 * TDH.EXT.MEM.ADD: gives the window of @array to the module, for good. A window that was given up half way, while the
 * module was interrupted, goes on where the module waits. Fails with kInvalid unless the window continues what was given
 * before, with kBusy when the array serves something else.
 */
Result<void> add_window(PageArray &array);

} // namespace tdx
