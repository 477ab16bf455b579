/* SPDX-License-Identifier: GPL-2.0 */
/* How far a release came, so that the next one goes on from there. */
#pragma once

#include "abi/leaf.hpp"
#include "base/memory.hpp"

namespace tdx {

/* Why a page cannot go back to the kernel. */
enum class Reason : u8 {
	kNone,
	kStillOwned,	/* the module says that the page is its own */
	kNotAsked,	/* a leaf about it did not run, was busy, or met a module that is away */
	kNoAnswer,	/* the module does not say whose the page is */
	kFlushFailed,	/* private cache lines could not be written back */
	kReclaimFailed, /* the module did not reclaim a control page */
	kBroken,	/* the hardware cannot be relied on: the page is not touched any more */
	kLeaked,	/* the caller leaked the array while the module owned the page */
};

constexpr const char *name_of(Reason reason)
{
	switch (reason) {
	case Reason::kStillOwned:
		return "the TDX module owns the page";
	case Reason::kNotAsked:
		return "not asked yet";
	case Reason::kNoAnswer:
		return "the TDX module does not say whose the page is";
	case Reason::kFlushFailed:
		return "private cache lines could not be written back";
	case Reason::kReclaimFailed:
		return "the TDX module did not reclaim the control page";
	case Reason::kBroken:
		return "memory failure";
	case Reason::kLeaked:
		return "leaked while the TDX module owned it";
	case Reason::kNone:
		break;
	}
	return "-";
}

/* The same, with the answer that says so. */
struct Cause {
	Reason reason = Reason::kNone;
	Leaf leaf = Leaf::kNone;
	CompletionStatus status;
};

/* Why a page is not safe after @leaf was answered with @status, unless that says nothing of the page. */
constexpr Cause cause_of(Reason reason, Leaf leaf, CompletionStatus status)
{
	return {status.says_nothing_of_the_page() ? Reason::kNotAsked : reason, leaf, status};
}

/* Neighbours in an array that will not go back: the module keeps them, or they go to the quarantine. */
struct Staying {
	u32 index;
	u32 count;
	Cause cause; /* kNone: the module keeps them */
	Owner<Staying, tdx_shim_alloc_record> next;
};

class Progress {
public:
	Progress() = default;
	Progress(const Progress &) = delete;
	Progress &operator=(const Progress &) = delete;
	~Progress() { reset(); }

	/* The pages before this index are safe, or stay. */
	u32 done() const { return done_; }
	bool has_begun() const { return done_ || reclaimed; }

	/* The next page is safe. */
	void pass() { done_++; }

	/* The next @count pages stay. Waits for memory. */
	void stay(u32 count, Cause cause)
	{
		reclaimed = false;
		auto staying = Owner<Staying, tdx_shim_alloc_record>::try_make(done_, count, cause);

		(cause.reason == Reason::kNone ? kept_ : quarantined_) += count;
		done_ += count;
		(last_ ? last_->next : staying_) = *std::move(staying);
		last_ = (last_ ? last_->next : staying_).get();
	}

	const Staying *staying() const { return staying_.get(); }
	u32 kept() const { return kept_; }
	u32 quarantined() const { return quarantined_; }

	void reset()
	{
		end_all(staying_);
		last_ = nullptr;
		done_ = kept_ = quarantined_ = 0;
	}

	/* The page at done() was reclaimed, and not written back yet. */
	bool reclaimed = false;

private:
	u32 done_ = 0;
	u32 kept_ = 0;
	u32 quarantined_ = 0;
	Owner<Staying, tdx_shim_alloc_record> staying_;
	Staying *last_ = nullptr;
};

} // namespace tdx
