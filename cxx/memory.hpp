/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects and arrays in the shim's memory, and views of pages.
 */
#pragma once

#include <new>
#include <span>
#include <utility>

#include "cast.hpp"
#include "hpa_list.hpp"
#include "types.hpp"

namespace tdx {

/* A new T, or nullptr. */
template <class T, class... Arguments> [[nodiscard]] T *try_new(Arguments &&...arguments)
{
	void *memory = tdx_shim_alloc(sizeof(T));

	return memory ? ::new (memory) T(std::forward<Arguments>(arguments)...) : nullptr;
}

/* A new T; waits for memory. For records of pages that must not be lost. */
template <class T, class... Arguments> [[nodiscard]] T *new_record(Arguments &&...arguments)
{
	return ::new (tdx_shim_alloc_record(sizeof(T))) T(std::forward<Arguments>(arguments)...);
}

template <class T> void destroy(T *object)
{
	object->~T();
	tdx_shim_free(object);
}

/* An array of trivial values, which are undefined at first; freed with the object. */
template <class T> class Buffer {
public:
	Buffer() = default;
	Buffer(Buffer &&other) noexcept : values_(std::exchange(other.values_, {})) {}
	Buffer &operator=(Buffer &&other) noexcept
	{
		std::swap(values_, other.values_);
		return *this;
	}
	/* NOLINTNEXTLINE(bugprone-multi-level-implicit-pointer-conversion): values may be pointers */
	~Buffer() { tdx_shim_free(values_.data()); }

	static Result<Buffer> try_make(u64 count)
	{
		void *memory = tdx_shim_alloc(count * sizeof(T));

		if (!memory)
			return Failure(Errno::kNoMemory);
		return Buffer(std::span(typed<T>(memory), count));
	}

	/* Forgets all but the first @count values. */
	void shrink(u64 count) { values_ = values_.first(count); }

	std::span<T> values() { return values_; }
	std::span<const T> values() const { return values_; }

private:
	explicit Buffer(std::span<T> values) : values_(values) {}

	std::span<T> values_;
};

/* The 512 words of a page in the kernel's direct map. */
inline std::span<u64, kListEntries> words_of(Pfn page)
{
	return std::span<u64, kListEntries>(typed<u64>(tdx_shim_page_address(page.value())),
					    kListEntries);
}

/* The bytes of a page in the kernel's direct map. */
inline std::span<const u8> bytes_of(Pfn page)
{
	return std::span(typed<const u8>(tdx_shim_page_address(page.value())), kPageSize);
}

} // namespace tdx
