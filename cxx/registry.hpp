/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live handles of one kind. A handle is looked up before it is touched, so that one which has ended
 * already is told apart from a live one without reading freed memory, and it is lent to one caller
 * at a time.
 */
#pragma once

#include <array>
#include <cstddef>

#include "collect.hpp"
#include "lock.hpp"

namespace tdx {

/* What an object carries to be registered. */
template <class Object> struct Registered {
	Object *next = nullptr;
	bool live = false; /* its handle is */
	bool lent = false;

	/* What the caller did who had it before is done. */
	bool is_lent() const { return __atomic_load_n(&lent, __ATOMIC_ACQUIRE); }
};

/* What is wrong with a handle of one kind, in words. */
struct HandleWords {
	const char *dead;
	const char *lent;
};

/* The line for a handle that @caller could not use. */
inline void explain(const char *caller, Errno error, const HandleWords &words)
{
	const char *text = "the handle is NULL or an error pointer";

	if (error == Errno::kBadHandle)
		text = words.dead;
	if (error == Errno::kBusy)
		text = words.lent;
	tdx_shim_error("%s: %s", caller, text);
}

/*
 * An object that was lent to this scope, or the reason why it was not: in one word, the object's
 * address or an error pointer.
 */
template <class Object> class [[nodiscard]] Loan {
public:
	explicit Loan(Object *lent) : lent_(lent) {}
	Loan(const Loan &) = delete;
	Loan &operator=(const Loan &) = delete;
	~Loan()
	{
		/* Without the lock: all that was done with the object is done before. */
		if (*this)
			__atomic_store_n(&lent_->lent, false, __ATOMIC_RELEASE);
	}

	explicit operator bool() const { return !is_error(lent_); }
	Errno error() const { return errno_of(lent_); }
	Object &operator*() const { return *lent_; }
	Object *operator->() const { return lent_; }

	/* The object is the caller's now, to destroy it. */
	Object *take()
	{
		return std::exchange(lent_, error_pointer<Object>(negative(Errno::kBadHandle)));
	}

private:
	Object *lent_;
};

/* @Object derives from Registered<Object>. One lock serves all registries. */
template <class Object> class Registry {
public:
	/* Makes @object a live handle. */
	void add(const RegistryLock &, Object *object)
	{
		object->live = true;
		*look_up(object) = object;
	}
	void add(Object *object) { add(RegistryLock(), object); }

	/*
	 * Lends a live object for a Loan to hold. Fails with kInvalid for NULL and error pointers,
	 * kBadHandle for what is no live object, kBusy while it is lent; one line has said so for
	 * @caller then.
	 */
	Object *lend(const char *caller, const Object *handle, const HandleWords &words)
	{
		return lend(caller, handle, words,
			    [](const RegistryLock &, const Object &) { return false; });
	}

	/*
	 * The same for a caller who wants to end the object. When @ends says so, it ends in the same
	 * moment in which it is looked up: its handle is dead then.
	 */
	template <class Ends>
	Object *lend(const char *caller, const Object *handle, const HandleWords &words, Ends ends)
	{
		Object *object = try_lend(handle, ends);

		if (is_error(object)) [[unlikely]]
			explain(caller, errno_of(object), words);
		return object;
	}

	/* The handle of an object that was taken from its loan is dead from now on. */
	void end(const RegistryLock &, Object *object) { remove(look_up(object), object); }

	/* The same, and the object itself goes. */
	void destroy(Object *object)
	{
		end(RegistryLock(), object);
		tdx::destroy(object);
	}

	/*
	 * What @question finds out about a live object, which stays free for others to borrow.
	 * Fails as lend().
	 */
	template <class Question> auto ask(const Object *handle, Question question)
		-> Result<decltype(question(*handle))>
	{
		RegistryLock lock;
		const Object *object = *look_up(handle);

		if (!object || object->is_lent())
			return Failure(why_not(handle, object));
		return Result<decltype(question(*handle))>(std::in_place, question(*object));
	}

	/*
	 * What @look sees of each live object, lent or not, in no order: all of it at one moment.
	 * What it may look at is constant, published, or written under this lock. Callers wait no
	 * longer than the copying takes. Fails with kNoMemory.
	 */
	template <class Look> auto look_at_all(Look look)
		-> Result<Buffer<decltype(look(std::declval<const Object &>()))>>
	{
		using Sight = decltype(look(std::declval<const Object &>()));

		return collect<Sight>([&](std::span<Sight> sights) {
			RegistryLock lock;
			u32 live = 0;
			for (const Object *first : buckets_)
				for (const Object *object = first; object; object = object->next)
					if (live++ < sights.size())
						sights[live - 1] = look(*object);
			return live;
		});
	}

private:
	static constexpr u32 kBuckets = 256;

	/* The link that leads, or would lead, to @handle. Its value is compared, never followed. */
	Object **look_up(const Object *handle)
	{
		Object **link =
			&buckets_[address_of(handle) / alignof(std::max_align_t) % kBuckets];

		while (*link && *link != handle)
			link = &(*link)->next;
		return link;
	}

	/* Why @object, which @handle led to or not, is nobody's to use. */
	static Errno why_not(const Object *handle, const Object *object)
	{
		if (object)
			return Errno::kBusy;
		return handle && !is_error(handle) ? Errno::kBadHandle : Errno::kInvalid;
	}

	template <class Ends> Object *try_lend(const Object *handle, Ends ends)
	{
		RegistryLock lock;
		Object **link = look_up(handle);
		Object *object = *link;

		if (!object || object->is_lent()) [[unlikely]]
			return error_pointer<Object>(negative(why_not(handle, object)));
		__atomic_store_n(&object->lent, true, __ATOMIC_RELAXED);
		if (ends(lock, *object))
			remove(link, object);
		return object;
	}

	void remove(Object **link, Object *object)
	{
		object->live = false;
		*link = object->next;
	}

	std::array<Object *, kBuckets> buckets_{};
};

} // namespace tdx
