/* SPDX-License-Identifier: GPL-2.0 */
/* What a driver's pointers lead to. */
#pragma once

#include "ledger.hpp"
#include "page_array.hpp"
#include "registry.hpp"
#include "release.hpp"
#include "shape.hpp"

/* Behind the opaque type of the public header. */
struct tdx_page_array : tdx::Registered<tdx_page_array> {
	explicit tdx_page_array(tdx::Layout layout) : pages(layout) {}

	tdx::PageArray pages;
	tdx::Shape shape{}; /* constant once the array is live */
};

namespace tdx {

using ArrayLoan = Loan<tdx_page_array>;

namespace detail {

inline constinit Registry<tdx_page_array> arrays;

inline constexpr HandleWords kArrayWords{"the handle is no live page array (released already?)",
					 "the page array is in use by another caller"};

} // namespace detail

/* For a Loan: an array lent to @caller, or an error pointer after a line that has said why. */
tdx_page_array *lend(const char *caller, const tdx_page_array *handle);

inline ArrayLoan borrow(const char *caller, const tdx_page_array *handle)
{
	return ArrayLoan(lend(caller, handle));
}

/*
 * The same for a caller who wants to release it. Pages that never left the host, and are not mapped,
 * leave the ledger's arrays at once with the array's handle, which is not live any more then.
 */
inline ArrayLoan borrow_for_release(const char *caller, const tdx_page_array *handle)
{
	const auto ends = [](const RegistryLock &lock, const tdx_page_array &array) {
		const PageArray &pages = array.pages;
		if (!pages.custody().is_plain() || pages.is_mapped())
			return false;
		ledger::move(lock, ledger::kArray, ledger::kFreed, pages.pages());
		return true;
	};

	return ArrayLoan(detail::arrays.lend(caller, handle, detail::kArrayWords, ends));
}

/*
 * An array that was taken from its loan has ended: its handle is dead from now on, and the ledger
 * knows where its pages went. destroy() is enough for one that borrow_for_release() has ended.
 */
inline void end_and_destroy(tdx_page_array *array, const Outcome &outcome)
{
	{
		RegistryLock lock;
		detail::arrays.end(lock, array);
		ledger::move(lock, ledger::kArray, ledger::kFreed, outcome.given_back);
		ledger::move(lock, ledger::kArray, ledger::kKept, outcome.kept);
	}
	destroy(array);
}

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
