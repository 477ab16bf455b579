/* SPDX-License-Identifier: GPL-2.0 */
/* What a driver's pointers lead to. */
#pragma once

#include "page_array.hpp"
#include "registry.hpp"
#include "shape.hpp"

/* Behind the opaque type of the public header. */
struct tdx_page_array : tdx::Registered<tdx_page_array> {
	explicit tdx_page_array(tdx::Layout layout) : pages(layout) {}

	tdx::PageArray pages;
	tdx::Shape shape{}; /* constant once the array is live */
};

namespace tdx {

using ArrayLoan = Registry<tdx_page_array>::Loan;

/* Borrows an array for @caller; when that fails, one line has said why. */
Result<ArrayLoan> borrow(const char *caller, tdx_page_array *handle);

/* The TDR or TDVPR page of an array, for @caller to add control pages to. */
Result<ControlRoot> control_root(const char *caller, tdx_page_array *handle, Leaf created_by);

/* What can be seen of a live array from outside, at one moment. */
struct ArraySight {
	u64 id;
	Shape shape;
	Custody custody;
	std::optional<ObjectId> object;
	bool is_mapped;
	bool is_lent; /* somebody is using it */
};

/* All live arrays, in the order in which they were made. Fails with kNoMemory. */
Result<Buffer<ArraySight>> look_at_arrays();

/* Makes a live handle of a new array that has its pages. */
void make_live(tdx_page_array *array);

} // namespace tdx
