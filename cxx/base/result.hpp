/* SPDX-License-Identifier: GPL-2.0 */
/* What can fail returns a Result; TRY leaves at once with the status that says why. */
#pragma once

#include <expected>
#include <utility>

#include "base/completion_status.hpp"

namespace tdx {

template <class T> using Result = std::expected<T, CompletionStatus>;
using Failure = std::unexpected<CompletionStatus>;

/* Not success, and no line in the log: the caller writes it, or has written it. */
constexpr Failure failure(Errno reason)
{
	return Failure(CompletionStatus::refused(reason));
}

/* Of a leaf that gives nothing back but its status. */
constexpr Result<void> result_of(CompletionStatus status)
{
	if (!status.is_success())
		return Failure(status);
	return {};
}

#define TRY(expression) \
	({ \
		auto tried_result = (expression); \
		if (!tried_result) [[unlikely]] \
			return ::tdx::Failure(tried_result.error()); \
		*std::move(tried_result); \
	})

/*
 * A refusal where its reason is known, with its line in the log: @caller is the function or the leaf that
 * is refused.
 */
#define REFUSE(caller, reason, format, ...) \
	(tdx_shim_error("%s: " format, caller __VA_OPT__(, ) __VA_ARGS__), ::tdx::failure(reason))

} // namespace tdx
