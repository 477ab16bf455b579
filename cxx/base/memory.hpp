/* SPDX-License-Identifier: GPL-2.0 */
/* Who owns memory of the shim: one object, several values, one shared page. All are move-only. */
#pragma once

#include <algorithm>
#include <new>
#include <span>
#include <utility>

#include "base/cast.hpp"
#include "base/result.hpp"
#include "base/types.hpp"

namespace tdx {

/*
 * A local variable that is written before it is read: a kernel that clears all others (CONFIG_INIT_STACK_ALL_ZERO) leaves it
 * alone.
 */
#define UNINITIALIZED __attribute__((uninitialized))

/* Owner of one object, or of none: where its memory comes from, and where it goes. */
template <class T, void *(*allocate)(u64) = tdx_shim_alloc,
	  void (*give_back)(void *) = tdx_shim_free>
class Owner {
public:
	Owner() = default;
	/* Takes over what release() has given up. */
	explicit Owner(T *object) : object_(object) {}
	Owner(Owner &&other) noexcept : object_(other.release()) {}
	Owner &operator=(Owner &&other) noexcept
	{
		/* The old object goes last: it may own the new one. */
		const Owner old(std::exchange(object_, other.release()));
		return *this;
	}
	~Owner()
	{
		if (object_)
			destroy();
	}

	/* Fails with kNoMemory. */
	template <class... Arguments> static Result<Owner> try_make(Arguments &&...arguments)
	{
		void *memory = allocate(sizeof(T));

		if (!memory)
			return failure(Errno::kNoMemory);
		return Owner(::new (memory) T{std::forward<Arguments>(arguments)...});
	}

	explicit operator bool() const { return object_; }
	T &operator*() const { return *object_; }
	T *operator->() const { return object_; }
	T *get() const { return object_; }

	/* The object is the caller's now, who gives it back to an Owner. */
	[[nodiscard]] T *release() { return std::exchange(object_, nullptr); }

private:
	/* Not inline, so that an owner of none costs one comparison. */
	[[gnu::noinline]] void destroy()
	{
		object_->~T();
		give_back(object_);
	}

	T *object_ = nullptr;
};

/* Ends objects of which each owns the next one, one after the other: all at once would be a recursion. */
template <class First> void end_all(First &first)
{
	while (first) {
		first = std::move(first->next);
		tdx_shim_cond_resched();
	}
}

/* An array of trivial values, which are undefined at first. */
template <class T> class Buffer {
public:
	Buffer(Buffer &&other) noexcept : values_(std::exchange(other.values_, {})) {}
	Buffer &operator=(Buffer &&) = delete;
	/* NOLINTNEXTLINE(bugprone-multi-level-implicit-pointer-conversion): values may be pointers */
	~Buffer() { tdx_shim_free(values_.data()); }

	static Result<Buffer> try_make(u64 count)
	{
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): values may be pointers */
		void *memory = tdx_shim_alloc(count * sizeof(T));

		if (!memory)
			return failure(Errno::kNoMemory);
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

/* A page holds 512 words; in a list each is the HPA of a 4K page. */
inline constexpr u32 kListEntries = kPageSize / sizeof(u64);
static_assert(kListEntries == TDX_PAGE_ARRAY_MAX_ENTRIES);

/* The 512 words of a page in the kernel's direct map. */
inline std::span<u64, kListEntries> words_of(Pfn page)
{
	return std::span<u64, kListEntries>(typed<u64>(tdx_shim_page_address(page.value())),
					    kListEntries);
}

/* Its bytes. */
inline std::span<const u8> bytes_of(Pfn page)
{
	return std::span(typed<const u8>(tdx_shim_page_address(page.value())), kPageSize);
}

/*
 * Owner of one page that host and TDX module share, or of none: a list, or a node of one. The module only
 * reads it, or writes to it when it gives pages back. No such page is ever handed over.
 */
class SharedPage {
public:
	SharedPage() = default;
	SharedPage(SharedPage &&other) noexcept : page_(std::exchange(other.page_, Pfn())) {}
	SharedPage &operator=(SharedPage &&other) noexcept
	{
		std::swap(page_, other.page_);
		return *this;
	}
	~SharedPage()
	{
		if (!is_none())
			tdx_shim_free_shared_page(page_.value());
	}

	static Result<SharedPage> try_make()
	{
		SharedPage made;

		made.page_ = Pfn(tdx_shim_alloc_shared_page());
		if (made.is_none())
			return failure(Errno::kNoMemory);
		return made;
	}

	bool is_none() const { return page_.is_none(); }
	Pfn page() const { return page_; }
	Hpa hpa() const { return page_.hpa(); }

	/* Only if it owns a page. */
	std::span<u64, kListEntries> words() { return words_of(page_); }

private:
	Pfn page_;
};

} // namespace tdx
