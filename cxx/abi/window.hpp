/* SPDX-License-Identifier: GPL-2.0 */
/* Windows: the part of an array, at most one list page's worth, that one hand-over is about. */
#pragma once

#include "abi/hpa_list.hpp"

namespace tdx {

struct Window {
	u32 offset;
	u32 count;

	/* The window that begins at page @offset of an array of @pages. */
	static constexpr Result<Window> at(u32 offset, u32 pages)
	{
		if (offset >= pages)
			return failure(Errno::kInvalid);
		return Window{offset, std::min(pages - offset, kListEntries)};
	}

	constexpr bool is_empty() const { return count == 0; }
	constexpr u32 end() const { return offset + count; }
	friend constexpr bool operator==(const Window &, const Window &) = default;
};

static_assert(Window::at(0, 1) == Window{0, 1});
static_assert(Window::at(0, 512) == Window{0, 512});
static_assert(Window::at(0, 513) == Window{0, 512} && Window::at(512, 513) == Window{512, 1});
static_assert(Window::at(512, 1024) == Window{512, 512} && !Window::at(1024, 1024));
static_assert(Window::at(12288, 12800) == Window{12288, 512} && !Window::at(12800, 12800));
static_assert(!Window::at(0, 0));

} // namespace tdx
