/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Custody: what the kernel may do with the pages of an array, as far as the TDX module's answers
 * tell.
 *
 * Two watermarks cut an array in three: pages [0, owned) belong to the module by its own word;
 * pages [owned, touched) were part of a hand-over that did not end so, and may carry cache lines of
 * the module's KeyID; pages from touched on never left the host. Custody changes only by the
 * transitions below, on what the module answered. They are pure, so that all of them are tested at
 * compile time, next to them.
 */
#pragma once

#include "completion_status.hpp"
#include "leaf.hpp"
#include "window.hpp"

namespace tdx {

enum class CustodyState : u8 {
	kHost,	   /* the module never ran, or only read shared data */
	kRefused,  /* the module said no, but may have written through its KeyID */
	kModule,   /* the module owns pages [0, owned) */
	kReturned, /* the module said it gave them back, and its list agrees */
	kDoubtful, /* unknown whose pages [owned, touched) are */
};

enum class WayBack : u8 {
	kNever,	     /* the module keeps them: extension memory */
	kDeleteLeaf, /* all at once, by the leaf that deletes the object */
	kReclaim,    /* page by page, by TDH.PHYMEM.PAGE.RECLAIM: control pages of a TD */
};

/*
 * One attempt to give pages away: by which leaf, which pages, under which KeyID, and how they would
 * come back.
 */
struct HandOver {
	Leaf leaf;
	Window window;
	Hkid hkid;
	WayBack way_back;
};

enum class HandOverOutcome : u8 {
	kNotRun,   /* VMfailInvalid, #UD, #GP */
	kAccepted, /* the pages are the module's */
	kRefused,  /* a plain no */
	kUnknown,  /* a resumable call abandoned, or an unexpected status */
};

/* What happens to the pages of one zone when the array ends. */
enum class Treatment : u8 {
	kFree,		  /* as they are */
	kFlush,		  /* write back, free; quarantine what cannot be written back */
	kReclaim,	  /* reclaim, then the same; quarantine what cannot be reclaimed */
	kAskOrReclaim,	  /* ask the module; flush what is the host's, reclaim the rest */
	kAskOrQuarantine, /* ask the module; flush what is the host's, quarantine the rest */
	kAskOrKeep,	  /* ask the module; flush what is the host's, the module keeps the rest */
	kKeep,		  /* the module keeps them */
	kQuarantine,	  /* out of use until somebody finds out more */
};

/* How an array ends: a treatment for each of its three zones. */
struct Ending {
	Treatment owned;
	Treatment touched;
	Treatment untouched;

	friend constexpr bool operator==(const Ending &, const Ending &) = default;
};

class Custody {
public:
	constexpr CustodyState state() const { return state_; }
	constexpr u32 owned() const { return owned_; }
	constexpr u32 touched() const { return touched_; }
	constexpr Hkid hkid() const { return hkid_; }
	constexpr Leaf handed_over_by() const { return handed_over_by_; }
	constexpr WayBack way_back() const { return way_back_; }

	/* The last answer about the pages: of the leaf that handed them over, or of a later one. */
	constexpr Leaf last_leaf() const { return last_leaf_; }
	constexpr CompletionStatus last_status() const { return last_status_; }

	/* Plain memory of the host, which no KeyID ever touched: fit to be a buffer. */
	constexpr bool is_plain() const { return state_ == CustodyState::kHost; }

	/*
	 * May a new object be made of the whole array, under @hkid? What the host holds may be handed
	 * over again, flushed or not. But a release flushes with one KeyID: pages with lines of two have
	 * to be released in between.
	 */
	constexpr bool allows_new_object(Hkid hkid) const
	{
		if (touched_ && hkid_ != hkid)
			return false;
		switch (state_) {
		case CustodyState::kHost:
		case CustodyState::kRefused:
		case CustodyState::kReturned:
			return true;
		case CustodyState::kModule:
		case CustodyState::kDoubtful:
			return false;
		}
		return false;
	}

	/*
	 * May @window be added to what @leaf has given already? It has to continue where the
	 * module's pages end. Trying a window again whose outcome is unknown is safe: the module
	 * refuses a page that it has.
	 */
	constexpr bool allows_next_window(Leaf leaf, Hkid hkid, Window window) const
	{
		if (window.offset != owned_)
			return false;
		return allows_new_object(hkid) || (handed_over_by_ == leaf && hkid_ == hkid);
	}

	/*
	 * May the object be deleted that @leaf made of the pages? Also after a try that was given up
	 * half way.
	 */
	constexpr bool allows_delete_of(Leaf leaf) const
	{
		switch (state_) {
		case CustodyState::kModule:
		case CustodyState::kDoubtful:
			return handed_over_by_ == leaf;
		case CustodyState::kHost:
		case CustodyState::kRefused:
		case CustodyState::kReturned:
			return false;
		}
		return false;
	}

	constexpr Custody after_hand_over(const HandOver &hand_over, HandOverOutcome outcome,
					  CompletionStatus status) const
	{
		Custody next = *this;

		if (outcome == HandOverOutcome::kNotRun)
			return next;
		next.handed_over_by_ = hand_over.leaf;
		next.way_back_ = hand_over.way_back;
		next.hkid_ = hand_over.hkid;
		next.last_leaf_ = hand_over.leaf;
		next.last_status_ = status;
		if (next.touched_ < hand_over.window.end())
			next.touched_ = hand_over.window.end();
		switch (outcome) {
		case HandOverOutcome::kNotRun:
			break;
		case HandOverOutcome::kAccepted:
			next.state_ = CustodyState::kModule;
			next.owned_ = hand_over.window.end();
			break;
		case HandOverOutcome::kRefused:
			/*
			 * A flush finds out page by page whether the refusal kept a part; but not
			 * while others are owned.
			 */
			next.state_ = owned_ || state_ == CustodyState::kDoubtful
					      ? CustodyState::kDoubtful
					      : CustodyState::kRefused;
			break;
		case HandOverOutcome::kUnknown:
			next.state_ = CustodyState::kDoubtful;
			break;
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
	 * The module gave up page owned() - 1, a control page of a TD: it counts as touched now,
	 * and release finds it to be the host's.
	 */
	constexpr Custody after_reclaim_of_last() const
	{
		Custody next = after_answer(Leaf::kPhymemPageReclaim, CompletionStatus(0));

		next.owned_--;
		return next;
	}

	/*
	 * How release ends the array; fails with kBusy, changing nothing, while the module owns
	 * pages for certain and they do not come back one by one.
	 */
	constexpr Result<Ending> release() const
	{
		switch (state_) {
		case CustodyState::kHost:
			return Ending{Treatment::kFree, Treatment::kFree, Treatment::kFree};
		case CustodyState::kRefused:
		case CustodyState::kReturned:
			return Ending{Treatment::kFlush, Treatment::kFlush, Treatment::kFree};
		case CustodyState::kModule:
		case CustodyState::kDoubtful:
			if (way_back_ == WayBack::kReclaim)
				return Ending{Treatment::kReclaim, Treatment::kAskOrReclaim,
					      Treatment::kFree};
			if (owned_)
				return Failure(Errno::kBusy);
			return Ending{Treatment::kAskOrQuarantine, Treatment::kAskOrQuarantine,
				      Treatment::kFree};
		}
		return Failure(Errno::kInvalid);
	}

	/* The usual case: does release() write back each of @pages pages, the whole array? */
	constexpr bool comes_back_flushed(u32 pages) const
	{
		return touched_ == pages &&
		       (state_ == CustodyState::kReturned || state_ == CustodyState::kRefused);
	}

	/* How leak ends the array. */
	constexpr Ending leak() const
	{
		const bool for_good = way_back_ == WayBack::kNever;

		switch (state_) {
		case CustodyState::kHost:
			return {Treatment::kFree, Treatment::kFree, Treatment::kFree};
		case CustodyState::kRefused:
			/*
			 * A refusal may have kept a part: of pages that were to stay with the
			 * module, that part stays.
			 */
			return {Treatment::kFlush,
				for_good ? Treatment::kAskOrKeep : Treatment::kFlush,
				Treatment::kFree};
		case CustodyState::kReturned:
			return {Treatment::kFlush, Treatment::kFlush, Treatment::kFree};
		case CustodyState::kModule:
		case CustodyState::kDoubtful:
			return {for_good ? Treatment::kKeep : Treatment::kQuarantine,
				for_good ? Treatment::kAskOrKeep : Treatment::kAskOrQuarantine,
				Treatment::kFree};
		}
		return {Treatment::kQuarantine, Treatment::kQuarantine, Treatment::kQuarantine};
	}

	friend constexpr bool operator==(const Custody &, const Custody &) = default;

private:
	CustodyState state_ = CustodyState::kHost;
	WayBack way_back_ = WayBack::kNever;
	Leaf handed_over_by_ = Leaf::kSysRd; /* no page yet */
	Leaf last_leaf_ = Leaf::kSysRd;
	Hkid hkid_;
	u32 owned_ = 0;
	u32 touched_ = 0;
	CompletionStatus last_status_{0};
};

constexpr const char *name_of(CustodyState state)
{
	switch (state) {
	case CustodyState::kHost:
		return "the host's";
	case CustodyState::kRefused:
		return "refused by the TDX module";
	case CustodyState::kModule:
		return "the TDX module's";
	case CustodyState::kReturned:
		return "returned by the TDX module";
	case CustodyState::kDoubtful:
		return "in doubt";
	}
	return "?";
}

} // namespace tdx

#include "custody_proof.hpp"
