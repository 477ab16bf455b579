/* SPDX-License-Identifier: GPL-2.0 */
/* What can fail returns a Result; TRY leaves at once with the error. */
#pragma once

#include <expected>
#include <utility>

#include "cast.hpp"

namespace tdx {

/* The errno values this project returns, by their Linux numbers. */
enum class Errno : int {
	kIo = 5,
	kTooBig = 7,
	kBadHandle = 9,
	kAgain = 11,
	kNoMemory = 12,
	kAccess = 13,
	kBusy = 16,
	kNoDevice = 19,
	kInvalid = 22,
	kNotSupported = 95,
	kShutdown = 108,
	kUnclean = 117,
};

template <class T> using Result = std::expected<T, Errno>;
using Failure = std::unexpected<Errno>;

/* The kernel's way to say it: 0 or a negative number. */
constexpr int negative(Errno error)
{
	return -std::to_underlying(error);
}

/* What a C function returned: a negative errno, or an error pointer. */
constexpr Errno as_errno(s32 negative_errno)
{
	return as_enum<Errno>(u64{0} - negative_errno);
}
inline Errno errno_of(const void *error_pointer)
{
	return as_enum<Errno>(u64{0} - address_of(error_pointer));
}

#define TRY(expression) \
	({ \
		auto tried_result = (expression); \
		if (!tried_result) [[unlikely]] \
			return std::unexpected(tried_result.error()); \
		*std::move(tried_result); \
	})

} // namespace tdx
