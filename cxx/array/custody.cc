// SPDX-License-Identifier: GPL-2.0
/* The names of the states, and the custody table, checked row by row at compile time. */
#include "array/custody.hpp"

namespace tdx {

const char *name_of(CustodyState state)
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

namespace {

constexpr HandOver kSession{Leaf::kSpdmCreate, 16, Hkid(32)};
constexpr HandOver kFirstWindow{Leaf::kExtMemAdd, 512, Hkid(32)};
constexpr HandOver kSecondWindow{Leaf::kExtMemAdd, 1024, Hkid(32)};
constexpr Leaf kDelete = Leaf::kSpdmDelete;
constexpr CompletionStatus kOk;
constexpr CompletionStatus kNo{0xC000010000000002};
constexpr CompletionStatus kBusy = CompletionStatus::refused(Errno::kBusy);

/* Host */
constexpr Custody kHost;
static_assert(kHost.release() == Fates{Fate::kFree, Fate::kFree});
static_assert(kHost.after_hand_over(kSession, HandOverOutcome::kNotRun, kNo).state() ==
	      CustodyState::kHost);

/* Refused: flushed up to what was tried, the rest freed as it is; may be tried again */
constexpr Custody kRefused = kHost.after_hand_over(kSession, HandOverOutcome::kRefused, kNo);
static_assert(kRefused.state() == CustodyState::kRefused && kRefused.owned() == 0 &&
	      kRefused.touched() == 16);
static_assert(kRefused.release()->touched == Fate::kFlush &&
	      kRefused.release()->untouched == Fate::kFree);
static_assert(kRefused.allows_new_object(Hkid(32)));
static_assert(!kRefused.allows_new_object(Hkid(33)), "lines of two KeyIDs");
static_assert(kRefused.after_hand_over(kSession, HandOverOutcome::kNotRun, kNo).state() ==
	      CustodyState::kRefused);

/* Module: release refuses; leak does not pretend that the pages are kept on purpose */
constexpr Custody kModule = kHost.after_hand_over(kSession, HandOverOutcome::kAccepted, kOk);
static_assert(kModule.state() == CustodyState::kModule && kModule.owned() == 16);
static_assert(kModule.release().error() == kBusy && !kModule.allows_new_object(Hkid(32)));
static_assert(kModule.leak().owned == Fate::kQuarantine);

/* Returned */
static_assert(kModule.after_return(kDelete, kOk).state() == CustodyState::kReturned);
static_assert(kModule.after_return(kDelete, kOk).release()->touched == Fate::kFlush);
static_assert(kModule.after_return(kDelete, kOk).allows_new_object(Hkid(32)));
static_assert(!kModule.after_return(kDelete, kOk).allows_new_object(Hkid(33)));

/* Doubtful */
static_assert(kModule.after_doubt(kDelete, kNo).release()->touched == Fate::kAsk);
static_assert(!kModule.after_doubt(kDelete, kNo).allows_new_object(Hkid(32)));
static_assert(kHost.after_hand_over(kSession, HandOverOutcome::kUnknown, kNo).state() ==
	      CustodyState::kDoubtful);

/* Both leaves are told apart: the one that handed the pages over, and the one that answered last */
static_assert(kRefused.handed_over_by() == Leaf::kSpdmCreate &&
	      kRefused.last_leaf() == Leaf::kSpdmCreate && kRefused.last_status() == kNo);
static_assert(kModule.after_doubt(kDelete, kNo).handed_over_by() == Leaf::kSpdmCreate &&
	      kModule.after_doubt(kDelete, kNo).last_leaf() == kDelete &&
	      kModule.after_doubt(kDelete, kNo).last_status() == kNo);
static_assert(kModule.after_answer(kDelete, kNo).last_leaf() == kDelete &&
	      kModule.after_answer(kDelete, kNo).owned() == 16 &&
	      kModule.after_answer(kDelete, kNo).state() == CustodyState::kModule);

/* Extension memory: window after window, kept for good */
constexpr Custody kOneWindow = kHost.after_hand_over(kFirstWindow, HandOverOutcome::kAccepted, kOk);
static_assert(kOneWindow.allows_next_window(Leaf::kExtMemAdd, Hkid(32), 512));
static_assert(!kOneWindow.allows_next_window(Leaf::kExtMemAdd, Hkid(32), 0),
	      "the same window twice");
static_assert(!kOneWindow.allows_next_window(Leaf::kExtMemAdd, Hkid(32), 1024),
	      "a window left out");
static_assert(!kModule.allows_next_window(Leaf::kExtMemAdd, Hkid(32), 16), "pages of a session");
static_assert(kOneWindow.leak() == Fates{Fate::kKeep, Fate::kAskOrKeep});

/* Deleting: what was made, by the leaf that made it; again after a try that was given up */
static_assert(kModule.allows_delete_by(Leaf::kSpdmDelete));
static_assert(!kModule.allows_delete_by(Leaf::kIommuClear) &&
	      !kRefused.allows_delete_by(Leaf::kSpdmDelete));
static_assert(kModule.after_doubt(kDelete, kNo).allows_delete_by(Leaf::kSpdmDelete) &&
	      !kModule.after_return(kDelete, kOk).allows_delete_by(Leaf::kSpdmDelete));

/* Control pages of a TD: added one by one, reclaimed one by one, however far it came */
constexpr HandOver kFirstPage{Leaf::kMngAddcx, 1, Hkid(33)};
constexpr HandOver kSecondPage{Leaf::kMngAddcx, 2, Hkid(33)};
constexpr Custody kOnePage = kHost.after_hand_over(kFirstPage, HandOverOutcome::kAccepted, kOk);
static_assert(kOnePage.allows_next_window(Leaf::kMngAddcx, Hkid(33), 1));
static_assert(!kOnePage.allows_next_window(Leaf::kMngAddcx, Hkid(34), 1), "of another TD");
static_assert(!kOnePage.allows_next_window(Leaf::kVpAddcx, Hkid(33), 1));
static_assert(kOnePage.release() == Fates{Fate::kReclaim, Fate::kAsk});
constexpr Custody kStoppedHalfWay = kOnePage.after_hand_over(kSecondPage, HandOverOutcome::kRefused,
							     kNo);
static_assert(kStoppedHalfWay.owned() == 1 && kStoppedHalfWay.touched() == 2);
static_assert(kStoppedHalfWay.release() == kOnePage.release());
static_assert(kStoppedHalfWay.allows_next_window(Leaf::kMngAddcx, Hkid(33), 1));
static_assert(kOnePage.leak() == kOnePage.release(), "its TD may be torn down");

/* Extension memory that was refused: what the module kept of it all the same, it keeps */
static_assert(kHost.after_hand_over(kFirstWindow, HandOverOutcome::kRefused, kNo).leak().touched ==
	      Fate::kAskOrKeep);
static_assert(kRefused.leak().touched == Fate::kFlush);

/*
 * Extension memory whose second window failed: the first stays the module's, the second is asked
 * about
 */
constexpr Custody kTorn = kOneWindow.after_hand_over(kSecondWindow, HandOverOutcome::kRefused, kNo);
static_assert(kTorn.state() == CustodyState::kDoubtful && kTorn.owned() == 512 &&
	      kTorn.touched() == 1024);
static_assert(kTorn.release().error() == kBusy);
static_assert(kTorn.allows_next_window(Leaf::kExtMemAdd, Hkid(32), 512));
static_assert(kTorn.after_hand_over(kSecondWindow, HandOverOutcome::kAccepted, kOk).owned() ==
	      1024);

} // namespace

} // namespace tdx
