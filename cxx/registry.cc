// SPDX-License-Identifier: GPL-2.0
#include "registry.hpp"

#include <array>
#include <bit>

#include "lock.hpp"

namespace tdx::registry {

namespace {

constexpr u32 kBuckets = 256;
constexpr u64 kHighestErrno = 4095;

constinit std::array<tdx_page_array *, kBuckets> buckets{};

/* The link that leads, or would lead, to @handle. Its value is compared, never followed. */
tdx_page_array **find(const tdx_page_array *handle)
{
	tdx_page_array *
		*link = &buckets[std::bit_cast<u64>(handle) / alignof(std::max_align_t) % kBuckets];

	while (*link && *link != handle)
		link = &(*link)->next;
	return link;
}

bool is_null_or_error(const tdx_page_array *handle)
{
	return !handle || std::bit_cast<u64>(handle) >= ~u64{0} - (kHighestErrno - 1);
}

} // namespace

void add(tdx_page_array *array)
{
	LockGuard lock(TDX_SHIM_LOCK_REGISTRY);

	*find(array) = array;
}

Result<Loan> borrow(tdx_page_array *handle)
{
	if (is_null_or_error(handle))
		return Failure(Errno::kInvalid);

	LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
	tdx_page_array *array = *find(handle);
	if (!array)
		return Failure(Errno::kBadHandle);
	if (array->lent)
		return Failure(Errno::kBusy);
	array->lent = true;
	return Loan(array);
}

Loan::~Loan()
{
	if (!array_)
		return;
	LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
	array_->lent = false;
}

void Loan::destroy()
{
	{
		LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
		*find(array_) = array_->next;
	}
	tdx::destroy(std::exchange(array_, nullptr));
}

} // namespace tdx::registry
