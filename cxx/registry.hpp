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

/* @Object derives from Registered<Object>. One lock serves all registries. */
template <class Object> class Registry {
public:
	/* A live object, lent to this scope. */
	class [[nodiscard]] Loan {
	public:
		Loan(Loan &&other) noexcept
			: registry_(other.registry_), object_(std::exchange(other.object_, nullptr))
		{
		}
		Loan &operator=(Loan &&) = delete;
		~Loan()
		{
			/* Without the lock: all that was done with the object is done before. */
			if (object_)
				__atomic_store_n(&object_->lent, false, __ATOMIC_RELEASE);
		}

		Object &operator*() const { return *object_; }
		Object *operator->() const { return object_; }

		/* The object has ended: its handle is dead from now on. */
		void destroy()
		{
			{
				LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
				*registry_.find(object_) = object_->next;
			}
			tdx::destroy(std::exchange(object_, nullptr));
		}

	private:
		friend class Registry;
		Loan(Registry &registry, Object *object) : registry_(registry), object_(object) {}

		Registry &registry_;
		Object *object_;
	};

	/* Makes @object a live handle. */
	void add(Object *object)
	{
		LockGuard lock(TDX_SHIM_LOCK_REGISTRY);

		*find(object) = object;
	}

	/*
	 * Fails with kInvalid for NULL and error pointers, kBadHandle for what is no live object,
	 * kBusy while it is lent.
	 */
	Result<Loan> borrow(const Object *handle)
	{
		if (!handle || is_error(handle))
			return Failure(Errno::kInvalid);

		LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
		Object *object = TRY(look_up(handle));
		__atomic_store_n(&object->lent, true, __ATOMIC_RELAXED);
		return Loan(*this, object);
	}

	/* The same for @caller; when it fails, one line has said why. */
	Result<Loan> borrow(const char *caller, const Object *handle, const HandleWords &words)
	{
		auto loan = borrow(handle);

		if (!loan)
			explain(caller, loan.error(), words);
		return loan;
	}

	/*
	 * What @question finds out about a live object, which stays free for others to borrow.
	 * Fails as borrow().
	 */
	template <class Question> auto ask(const Object *handle, Question question)
		-> Result<decltype(question(*handle))>
	{
		if (!handle || is_error(handle))
			return Failure(Errno::kInvalid);

		LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
		const Object *object = TRY(look_up(handle));
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
			LockGuard lock(TDX_SHIM_LOCK_REGISTRY);
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
	Object **find(const Object *handle)
	{
		Object **link =
			&buckets_[address_of(handle) / alignof(std::max_align_t) % kBuckets];

		while (*link && *link != handle)
			link = &(*link)->next;
		return link;
	}

	Result<Object *> look_up(const Object *handle)
	{
		Object *object = *find(handle);

		if (!object)
			return Failure(Errno::kBadHandle);
		if (object->is_lent())
			return Failure(Errno::kBusy);
		return object;
	}

	std::array<Object *, kBuckets> buckets_{};
};

} // namespace tdx
