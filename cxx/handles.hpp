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

using ArrayClaim = Claim<tdx_page_array>;

namespace detail {

inline constinit Registry<tdx_page_array> arrays;

inline constexpr const char *kArrayKind = "page array";

} // namespace detail

/* For a Claim: an array for @caller, or an error pointer after a line that has said why. */
tdx_page_array *try_claim(const char *caller, const tdx_page_array *handle);

inline ArrayClaim claim(const char *caller, const tdx_page_array *handle)
{
	return ArrayClaim(try_claim(caller, handle));
}

/*
 * The same for a caller who wants to release it. Pages that never left the host, and are not mapped,
 * leave the ledger's arrays at once with the array's handle, which is not live any more then.
 */
inline ArrayClaim claim_for_release(const char *caller, const tdx_page_array *handle)
{
	const auto ends = [](const RegistryLock &lock, const tdx_page_array &array) {
		const PageArray &pages = array.pages;
		if (!pages.custody().is_plain() || pages.is_mapped())
			return false;
		ledger::move(lock, ledger::kArray, ledger::kFreed, pages.pages());
		return true;
	};

	return ArrayClaim(detail::arrays.try_claim(caller, handle, detail::kArrayKind, ends));
}

/*
 * An array that was taken from its claim has ended: its handle is dead from now on, and the ledger
 * knows where its pages went. destroy() is enough for one that claim_for_release() has ended.
 */
inline void end_and_destroy(tdx_page_array *array, const Outcome &outcome)
{
	{
		RegistryLock lock;
		detail::arrays.end(lock, array);
		ledger::move(lock, ledger::kArray, ledger::kFreed, outcome.given_back);
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
	bool is_in_use; /* somebody is using it */
};

/* All live arrays, in the order in which they were made. Fails with kNoMemory. */
Result<Buffer<ArraySight>> look_at_arrays();

/* Makes a live handle of a new array that has its pages. */
void make_live(tdx_page_array *array);

} // namespace tdx
