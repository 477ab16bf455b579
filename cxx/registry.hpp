/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live handles of one kind. A handle is looked up before it is touched, so that one which has ended
 * already is told apart from a live one without reading freed memory, and one caller at a time claims
 * it.
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
	bool in_use = false;

	/* False: all that the last caller did is done. */
	bool is_in_use() const { return __atomic_load_n(&in_use, __ATOMIC_ACQUIRE); }
};

/* The line for a handle that @caller could not claim; @kind is the kind of object. */
inline void explain(const char *caller, const void *handle, Errno error, const char *kind)
{
	if (error == Errno::kBadHandle)
		tdx_shim_error("%s: the %s is not live (already released?)", caller, kind);
	else if (error == Errno::kBusy)
		tdx_shim_error("%s: the %s is in use by another caller", caller, kind);
	else if (handle)
		tdx_shim_error("%s: the %s is an error pointer (errno %d)", caller, kind,
			       negative(errno_of(handle)));
	else
		tdx_shim_error("%s: the %s is NULL", caller, kind);
}

/*
 * An object that this scope has claimed, or the reason why it could not: in one word, the object's
 * address or an error pointer.
 */
template <class Object> class [[nodiscard]] Claim {
public:
	explicit Claim(Object *object) : object_(object) {}
	Claim(const Claim &) = delete;
	Claim &operator=(const Claim &) = delete;
	~Claim()
	{
		/* Without the lock: all that was done with the object is done before. */
		if (*this)
			__atomic_store_n(&object_->in_use, false, __ATOMIC_RELEASE);
	}

	explicit operator bool() const { return !is_error(object_); }
	Errno error() const { return errno_of(object_); }
	Object &operator*() const { return *object_; }
	Object *operator->() const { return object_; }

	/* The object is the caller's now, to destroy it. */
	Object *take()
	{
		return std::exchange(object_, error_pointer<Object>(negative(Errno::kBadHandle)));
	}

private:
	Object *object_;
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
	 * A live object for a Claim to hold. Fails with kInvalid for NULL and error pointers,
	 * kBadHandle for what is no live object, kBusy while it is in use; one line has said so for
	 * @caller then.
	 */
	Object *try_claim(const char *caller, const Object *handle, const char *kind)
	{
		return try_claim(caller, handle, kind,
				 [](const RegistryLock &, const Object &) { return false; });
	}

	/*
	 * The same for a caller who wants to end the object. When @ends says so, it ends in the same
	 * moment in which it is looked up: its handle is dead then.
	 */
	template <class Ends>
	Object *try_claim(const char *caller, const Object *handle, const char *kind, Ends ends)
	{
		Object *object = try_claim_quietly(handle, ends);

		if (is_error(object)) [[unlikely]]
			explain(caller, handle, errno_of(object), kind);
		return object;
	}

	/* The handle of an object that was taken from its claim is dead from now on. */
	void end(const RegistryLock &, Object *object) { remove(look_up(object), object); }

	/* The same, and the object itself goes. */
	void destroy(Object *object)
	{
		end(RegistryLock(), object);
		tdx::destroy(object);
	}

	/*
	 * What @question finds out about a live object, which others may claim meanwhile.
	 * Fails as try_claim().
	 */
	template <class Question> auto ask(const Object *handle, Question question)
		-> Result<decltype(question(*handle))>
	{
		RegistryLock lock;
		const Object *object = *look_up(handle);

		if (!object || object->is_in_use())
			return Failure(why_not(handle, object));
		return Result<decltype(question(*handle))>(std::in_place, question(*object));
	}

	/*
	 * What @look sees of each live object, in use or not, in no order: all of it at one moment.
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

	/* Why @object, which @handle led to or not, cannot be claimed. */
	static Errno why_not(const Object *handle, const Object *object)
	{
		if (object)
			return Errno::kBusy;
		return handle && !is_error(handle) ? Errno::kBadHandle : Errno::kInvalid;
	}

	template <class Ends> Object *try_claim_quietly(const Object *handle, Ends ends)
	{
		RegistryLock lock;
		Object **link = look_up(handle);
		Object *object = *link;

		if (!object || object->is_in_use()) [[unlikely]]
			return error_pointer<Object>(negative(why_not(handle, object)));
		__atomic_store_n(&object->in_use, true, __ATOMIC_RELAXED);
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
