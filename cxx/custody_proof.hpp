/* SPDX-License-Identifier: GPL-2.0 */
/* The custody table, checked row by row whenever something that depends on it is compiled. */
#pragma once

#include "custody.hpp"

namespace tdx::custody_proof {

inline constexpr HandOver kSession{Leaf::kSpdmCreate, {0, 16}, Hkid(32), WayBack::kDeleteLeaf};
inline constexpr HandOver kFirstWindow{Leaf::kExtMemAdd, {0, 512}, Hkid(32), WayBack::kNever};
inline constexpr HandOver kSecondWindow{Leaf::kExtMemAdd, {512, 512}, Hkid(32), WayBack::kNever};
inline constexpr CompletionStatus kOk{0};
inline constexpr CompletionStatus kNo{0xC000010000000002};

/* Host */
inline constexpr Custody kHost;
static_assert(kHost.release() == Ending{Treatment::kFree, Treatment::kFree, Treatment::kFree});
static_assert(kHost.after_hand_over(kSession, HandOverOutcome::kNotRun, kNo).state() ==
	      CustodyState::kHost);

/* Refused: flushed up to what was tried, the rest freed as it is; may be tried again */
inline constexpr Custody kRefused = kHost.after_hand_over(kSession, HandOverOutcome::kRefused, kNo);
static_assert(kRefused.state() == CustodyState::kRefused && kRefused.owned() == 0 &&
	      kRefused.touched() == 16);
static_assert(kRefused.release()->touched == Treatment::kFlush &&
	      kRefused.release()->untouched == Treatment::kFree);
static_assert(kRefused.allows_new_object());
static_assert(kRefused.after_hand_over(kSession, HandOverOutcome::kNotRun, kNo).state() ==
	      CustodyState::kRefused);

/* Module: release refuses; leak does not pretend that the pages are kept on purpose */
inline constexpr Custody kModule = kHost.after_hand_over(kSession, HandOverOutcome::kAccepted, kOk);
static_assert(kModule.state() == CustodyState::kModule && kModule.owned() == 16);
static_assert(kModule.release() == Failure(Errno::kBusy) && !kModule.allows_new_object());
static_assert(kModule.leak().owned == Treatment::kQuarantine);

/* Returned */
static_assert(kModule.after_return(kOk).state() == CustodyState::kReturned);
static_assert(kModule.after_return(kOk).release()->touched == Treatment::kFlush);
static_assert(kModule.after_return(kOk).allows_new_object());

/* Doubtful */
static_assert(kModule.after_doubt(kNo).release()->touched == Treatment::kAskOrQuarantine);
static_assert(!kModule.after_doubt(kNo).allows_new_object());
static_assert(kHost.after_hand_over(kSession, HandOverOutcome::kUnknown, kNo).state() ==
	      CustodyState::kDoubtful);

/* Extension memory: window after window, kept for good */
inline constexpr Custody kOneWindow = kHost.after_hand_over(kFirstWindow,
							    HandOverOutcome::kAccepted, kOk);
static_assert(kOneWindow.allows_next_window(Leaf::kExtMemAdd, {512, 512}));
static_assert(!kOneWindow.allows_next_window(Leaf::kExtMemAdd, {0, 512}), "the same window twice");
static_assert(!kOneWindow.allows_next_window(Leaf::kExtMemAdd, {1024, 512}), "a window left out");
static_assert(!kModule.allows_next_window(Leaf::kExtMemAdd, {16, 16}), "pages of a session");
static_assert(kOneWindow.leak() ==
	      Ending{Treatment::kKeep, Treatment::kAskOrKeep, Treatment::kFree});

/* Extension memory that was refused: what the module kept of it all the same, it keeps */
static_assert(kHost.after_hand_over(kFirstWindow, HandOverOutcome::kRefused, kNo).leak().touched ==
	      Treatment::kAskOrKeep);
static_assert(kRefused.leak().touched == Treatment::kFlush);

/*
 * Extension memory whose second window failed: the first stays the module's, the second is asked
 * about
 */
inline constexpr Custody kTorn = kOneWindow.after_hand_over(kSecondWindow,
							    HandOverOutcome::kRefused, kNo);
static_assert(kTorn.state() == CustodyState::kDoubtful && kTorn.owned() == 512 &&
	      kTorn.touched() == 1024);
static_assert(kTorn.release() == Failure(Errno::kBusy));
static_assert(kTorn.allows_next_window(Leaf::kExtMemAdd, {512, 512}));
static_assert(kTorn.after_hand_over(kSecondWindow, HandOverOutcome::kAccepted, kOk).owned() ==
	      1024);

} // namespace tdx::custody_proof
