/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handles: the address of the array itself. Each public function checks its handle. To use one whose array has ended is a bug
 * of the caller, which is reported if the memory of the array was not reused.
 */
#pragma once

#include "array/page_array.hpp"

namespace tdx {

/* Why @handle is no live array, after a line for @caller. */
Failure refuse_handle(const char *caller, const tdx_page_array *handle);

/* Fails with kInvalid or kBadHandle, after a line for @caller, unless @handle looks like a live array. */
inline Result<void> check_handle(const char *caller, const tdx_page_array *handle)
{
	if (!handle || errno_in(handle) || !handle->is_live()) [[unlikely]]
		return refuse_handle(caller, handle);
	return {};
}

/* Exclusive use of an array, until the end of the scope. */
class Claim {
public:
	Claim(Claim &&other) noexcept : array_(std::exchange(other.array_, nullptr)) {}
	Claim &operator=(Claim &&) = delete;
	~Claim()
	{
		if (array_)
			array_->end_claim();
	}

	PageArray &operator*() const { return *array_; }
	PageArray *operator->() const { return array_; }

	/* Frees an array that has ended; its handle is dead. */
	void destroy();

private:
	friend Result<Claim> claim(const char *caller, tdx_page_array *handle);
	explicit Claim(tdx_page_array *array) : array_(array) {}

	tdx_page_array *array_;
};

/* Fails as check_handle(), or with kBusy while another caller uses the array. */
Result<Claim> claim(const char *caller, tdx_page_array *handle);

inline Result<Claim> claim(Leaf leaf, tdx_page_array *handle)
{
	return claim(not_issued(leaf), handle);
}

/* The TDR or TDVPR that @leaf adds to: the array of @handle, which others may be using. Fails with kInvalid or kBadHandle. */
Result<ControlRoot> control_root(Leaf leaf, const tdx_page_array *handle, Leaf created_by);

} // namespace tdx
