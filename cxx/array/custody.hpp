/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Custody: what the kernel may do with the pages of an array, as far as the TDX module's answers
 * tell.
 *
 * Two watermarks cut an array in three: pages [0, owned) belong to the module by its own word;
 * pages [owned, touched) were part of a hand-over that did not end so, and may carry cache lines of
 * the module's KeyID; pages from touched on never left the host. Custody changes only by the
 * transitions below, on what the module answered. They are pure, so that all of them are tested at
 * compile time (custody.cc).
 */
#pragma once

#include <algorithm>

#include "abi/leaf.hpp"
#include "base/result.hpp"
#include "base/types.hpp"

namespace tdx {

enum class CustodyState : u8 {
	kHost,	   /* the module never ran, or only read shared data */
	kRefused,  /* the module said no, but may have written through its KeyID */
	kModule,   /* the module owns pages [0, owned) */
	kReturned, /* the module said it gave them back, and its list agrees */
	kDoubtful, /* unknown whose pages [owned, touched) are */
};

/* One attempt to give pages away: by which leaf, up to which index, and under which KeyID. */
struct HandOver {
	Leaf leaf;
	u32 end;
	Hkid hkid;
};

enum class HandOverOutcome : u8 {
	kNotRun,   /* VMfailInvalid, #UD, #GP */
	kAccepted, /* the pages are the module's */
	kRefused,  /* a plain no */
	kUnknown,  /* a resumable call abandoned, or an unexpected status */
};

/* What a completion status says about the pages of a hand-over. */
constexpr HandOverOutcome outcome_of(CompletionStatus status, bool was_interrupted)
{
	if (status.is_success())
		return HandOverOutcome::kAccepted;
	/* After an interruption the module has already taken pages: only success is clear. */
	if (was_interrupted)
		return HandOverOutcome::kUnknown;
	if (!status.module_ran())
		return HandOverOutcome::kNotRun;
	return status.says_no() ? HandOverOutcome::kRefused : HandOverOutcome::kUnknown;
}

static_assert(outcome_of(CompletionStatus(0), false) == HandOverOutcome::kAccepted);
static_assert(outcome_of(CompletionStatus(TDX_SHIM_UD), false) == HandOverOutcome::kNotRun);
static_assert(outcome_of(CompletionStatus(0xC000010000000002), false) == HandOverOutcome::kRefused);
static_assert(outcome_of(CompletionStatus(0x8000000300000000), false) == HandOverOutcome::kUnknown);
static_assert(outcome_of(CompletionStatus(TDX_SHIM_VMFAILINVALID), true) ==
	      HandOverOutcome::kUnknown);

/* What happens to pages when their array ends. */
enum class Fate : u8 {
	kFree,	  /* as they are */
	kFlush,	  /* written back, freed */
	kReclaim, /* reclaimed, a TDR also written back, freed */
	kAsk, /* the module is asked: its own are reclaimed, if they come back so; others flushed */
	kAskOrKeep,  /* the module is asked: it keeps its own; others flushed */
	kKeep,	     /* the module keeps them */
	kQuarantine, /* out of use until a retry finds out more */
};

/* Of the three zones of an array. */
struct Fates {
	Fate owned;
	Fate touched;
	Fate untouched = Fate::kFree;

	friend constexpr bool operator==(const Fates &, const Fates &) = default;
};

class Custody {
public:
	constexpr CustodyState state() const { return state_; }
	constexpr u32 owned() const { return owned_; }
	constexpr u32 touched() const { return touched_; }
	constexpr Hkid hkid() const { return hkid_; }
	constexpr Leaf handed_over_by() const { return handed_over_by_; }

	/* The leaf that gives the pages back; kNone: the module keeps them, as extension memory. */
	constexpr Leaf way_back() const { return row_of(handed_over_by_).way_back; }

	/* The last answer about the pages: of the leaf that handed them over, or of a later one. */
	constexpr Leaf last_leaf() const { return last_leaf_; }
	constexpr CompletionStatus last_status() const { return last_status_; }

	/*
	 * True if the module interrupted a call about the pages that was not resumed to its end, because it did not run or
	 * met something busy. The same call goes on with it.
	 */
	constexpr bool is_interrupted() const
	{
		return state_ == CustodyState::kDoubtful && row_of(last_leaf_).flags & kResumed &&
		       (last_status_.is(StatusCode::kInterruptedResumable) ||
			last_status_.says_nothing_of_the_page());
	}

	/* Plain memory of the host, which no KeyID ever touched: fit to be a buffer. */
	constexpr bool is_plain() const { return state_ == CustodyState::kHost; }

	/*
	 * True if a new object may be made of the whole array, under @hkid. What the host holds may be
	 * handed over again, flushed or not. But a release flushes with one KeyID: pages with lines of two have
	 * to be released in between.
	 */
	constexpr bool allows_new_object(Hkid hkid) const
	{
		return (!touched_ || hkid_ == hkid) && state_ != CustodyState::kModule &&
		       state_ != CustodyState::kDoubtful;
	}

	/*
	 * True if the pages from @offset on may be added to what @leaf has given already. They have to begin where the
	 * module's pages end. Pages whose outcome is unknown may be tried again: the module refuses a page that
	 * it has.
	 */
	constexpr bool allows_next_window(Leaf leaf, Hkid hkid, u32 offset) const
	{
		if (offset != owned_)
			return false;
		return allows_new_object(hkid) || (handed_over_by_ == leaf && hkid_ == hkid);
	}

	/*
	 * True if @leaf may delete the object that was made of the pages, also after a try that was
	 * given up half way.
	 */
	constexpr bool allows_delete_by(Leaf leaf) const
	{
		return way_back() == leaf &&
		       (state_ == CustodyState::kModule || state_ == CustodyState::kDoubtful);
	}

	constexpr Custody after_hand_over(const HandOver &hand_over, HandOverOutcome outcome,
					  CompletionStatus status) const
	{
		Custody next = *this;

		if (outcome == HandOverOutcome::kNotRun)
			return next;
		next.handed_over_by_ = hand_over.leaf;
		next.hkid_ = hand_over.hkid;
		next.last_leaf_ = hand_over.leaf;
		next.last_status_ = status;
		next.touched_ = std::max(touched_, hand_over.end);
		if (outcome == HandOverOutcome::kAccepted) {
			next.state_ = CustodyState::kModule;
			next.owned_ = hand_over.end;
		} else if (outcome == HandOverOutcome::kRefused && !owned_ &&
			   state_ != CustodyState::kDoubtful) {
			next.state_ = CustodyState::kRefused;
		} else {
			/*
			 * Whether a refusal kept a part shows when the pages are flushed, but release
			 * cannot flush while the module owns others.
			 */
			next.state_ = CustodyState::kDoubtful;
		}
		return next;
	}

	/*
	 * @leaf was answered in a way that says nothing new about the pages: a DELETE that was
	 * refused.
	 */
	constexpr Custody after_answer(Leaf leaf, CompletionStatus status) const
	{
		Custody next = *this;

		next.last_leaf_ = leaf;
		next.last_status_ = status;
		return next;
	}

	/*
	 * The module said that the object is gone, and its list of released pages is exactly the
	 * array.
	 */
	constexpr Custody after_return(Leaf leaf, CompletionStatus status) const
	{
		Custody next = after_answer(leaf, status);

		next.state_ = CustodyState::kReturned;
		next.owned_ = 0;
		return next;
	}

	/*
	 * The module's list does not match, or its answer means nothing we know: each page has to
	 * be asked about.
	 */
	constexpr Custody after_doubt(Leaf leaf, CompletionStatus status) const
	{
		Custody next = after_answer(leaf, status);

		next.state_ = CustodyState::kDoubtful;
		next.owned_ = 0;
		return next;
	}

	/*
	 * How release ends the array; fails with kBusy, changing nothing, while the module owns
	 * pages for certain and they do not come back one by one, or is in the middle of a call about them.
	 */
	constexpr Result<Fates> release() const
	{
		switch (state_) {
		case CustodyState::kHost:
			return Fates{Fate::kFree, Fate::kFree};
		case CustodyState::kRefused:
		case CustodyState::kReturned:
			return Fates{Fate::kFlush, Fate::kFlush};
		case CustodyState::kModule:
		case CustodyState::kDoubtful:
			break;
		}
		if (way_back() == Leaf::kPhymemPageReclaim)
			return Fates{Fate::kReclaim, Fate::kAsk};
		if (owned_ || is_interrupted())
			return failure(Errno::kBusy);
		return Fates{Fate::kAsk, Fate::kAsk};
	}

	/* How leak ends the array. */
	constexpr Fates leak() const
	{
		const bool for_good = way_back() == Leaf::kNone;
		const Fate others = way_back() == Leaf::kPhymemPageReclaim ? Fate::kReclaim
									   : Fate::kQuarantine;

		switch (state_) {
		case CustodyState::kHost: /* none is owned or touched */
		case CustodyState::kRefused:
			/*
			 * A refusal may have kept a part: of pages that were to stay with the
			 * module, that part stays.
			 */
			return {Fate::kFlush, for_good ? Fate::kAskOrKeep : Fate::kFlush};
		case CustodyState::kReturned:
			return {Fate::kFlush, Fate::kFlush};
		case CustodyState::kModule:
		case CustodyState::kDoubtful:
			break;
		}
		return {for_good ? Fate::kKeep : others, for_good ? Fate::kAskOrKeep : Fate::kAsk};
	}

	friend constexpr bool operator==(const Custody &, const Custody &) = default;

private:
	CustodyState state_ = CustodyState::kHost;
	Leaf handed_over_by_ = Leaf::kNone; /* no page yet */
	Leaf last_leaf_ = Leaf::kNone;
	Hkid hkid_;
	u32 owned_ = 0;
	u32 touched_ = 0;
	CompletionStatus last_status_;
};

const char *name_of(CustodyState state);

} // namespace tdx
