/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one channel for errors: a completion status. Either the TDX module's own (RAX of a SEAMCALL), or what the
 * instruction itself said, or an errno of this code, which refused a call before any SEAMCALL.
 */
#pragma once

#include <utility>

#include "base/cast.hpp"
#include "errno_table.h"
#include "interface.h"
#include "status_table.h"
#include "tdx_page_array.h"

namespace tdx {

/* The errno values this project returns; the shim compares their numbers with Linux's. */
#define ENUMERATOR(name, number, linux_name) name = (number),
enum class Errno : int {
	TDX_ERRNO_TABLE(ENUMERATOR)
};
#undef ENUMERATOR

/* What the TDX module answered: RAX without the operand details in bits 31:0. */
#define ENUMERATOR(name, code, text) name = (code),
enum class StatusCode : u64 {
	TDX_STATUS_TABLE(ENUMERATOR)
};
#undef ENUMERATOR

static_assert(std::to_underlying(StatusCode::kSpdmRequest) == TDX_PAGE_ARRAY_SPDM_REQUEST);
static_assert(std::to_underlying(StatusCode::kSpdmSessionKeyRequireRefresh) ==
	      TDX_PAGE_ARRAY_SPDM_KEY_REFRESH);

class CompletionStatus {
public:
	constexpr CompletionStatus() = default; /* success */
	constexpr explicit CompletionStatus(u64 raw) : raw_(raw) {}

	/* No SEAMCALL was issued: the caller gets the reason in the same word. */
	static constexpr CompletionStatus refused(Errno reason)
	{
		return CompletionStatus(TDX_PAGE_ARRAY_REFUSED | as_word(reason));
	}

	constexpr u64 raw() const { return raw_; }

	/*
	 * Other statuses without the error bit are warnings, not success: PAGE_ALREADY_FREE,
	 * KEY_CONFIGURED, ...
	 */
	constexpr bool is_success() const { return raw_ == 0; }
	constexpr bool is(StatusCode code) const
	{
		return (raw_ & kCodeMask) == std::to_underlying(code);
	}

	/*
	 * False when the module never saw the call: VMfailInvalid, #UD, #GP, or a refusal of this
	 * code. Compares whole words, because the module's own UNINITIALIZE_ERROR is all ones and
	 * has their bits, too.
	 */
	constexpr bool module_ran() const
	{
		return raw_ != TDX_SHIM_VMFAILINVALID &&
		       (raw_ & ~kTrapNumber) != TDX_SHIM_SW_ERROR && !is_refusal();
	}

	/* No SEAMCALL was issued at all. A refusal-class status without an errno is not a refusal. */
	constexpr bool is_refusal() const
	{
		const u64 reason = raw_ & ~kRefusedMask;

		return (raw_ & kRefusedMask) == TDX_PAGE_ARRAY_REFUSED && reason &&
		       reason <= kHighestErrno;
	}

	/*
	 * A lock that the call needs is held. The TDX module may refuse it to guests until
	 * the host has tried again (host priority): a host that gives up here starves them.
	 */
	constexpr bool is_busy() const
	{
		return is(StatusCode::kOperandBusy) || is(StatusCode::kSysBusy) ||
		       is(StatusCode::kInterruptedBusy);
	}

	/* The same call may succeed a moment later, on another CPU if this one goes offline. Without entropy the word has no
	 * details. */
	constexpr bool may_pass() const
	{
		return is_busy() || raw_ == std::to_underlying(StatusCode::kRndNoEntropy) ||
		       raw_ == TDX_SHIM_CPU_CLOSED;
	}

	/* The module is loaded, but does not work: not yet, or not any more. */
	constexpr bool is_away() const
	{
		return is(StatusCode::kSysShutdown) || is(StatusCode::kSysNotReady) ||
		       is(StatusCode::kSysLpInitNotDone);
	}

	/* Answer of a leaf about one page: it tells nothing about that page. */
	constexpr bool says_nothing_of_the_page() const
	{
		return !module_ran() || may_pass() || is_away();
	}

	/* The IOMMU did not do as the module told it: what was done by then stays done. */
	constexpr bool is_ecmd_failure() const
	{
		return is(StatusCode::kIommuEcmdTimeout) || is(StatusCode::kIommuEcmdError);
	}

	/*
	 * A plain "no": an error, not fatal, of a class whose codes are answers to a bad or badly
	 * timed request. Everything else that is not success leaves the outcome unknown.
	 */
	constexpr bool says_no() const
	{
		if (!(raw_ & kError) || (raw_ & kFatal) || !module_ran() || is_ecmd_failure())
			return false;
		switch ((raw_ >> 40) & 0xFF) {
		case 0x01: /* operand */
		case 0x02: /* busy, no entropy */
		case 0x03: /* page metadata */
		case 0x04: /* dependencies between pages */
		case 0x05: /* system state */
		case 0x06: /* TD */
		case 0x07: /* vCPU */
		case 0x08: /* keys */
		case 0x0C: /* metadata fields */
		case 0x0F: /* TDX Connect */
			return true;
		}
		return false;
	}

	/* The one table from status to errno: 0, or a negative number. */
	constexpr int to_errno() const;

	friend constexpr bool operator==(CompletionStatus, CompletionStatus) = default;

private:
	static constexpr u64 kCodeMask = 0xFFFFFFFF00000000;
	static constexpr u64 kError = u64{1} << 63;
	static constexpr u64 kFatal = u64{1} << 61;
	static constexpr u64 kTrapNumber = 0x1F;
	static constexpr u64 kRefusedMask = 0xFFFFFFFFFFFF0000;

	u64 raw_ = 0;
};

/* As the kernel returns it: a negative number. */
constexpr int negative(Errno error)
{
	return -std::to_underlying(error);
}

constexpr int CompletionStatus::to_errno() const
{
	if (is_success())
		return 0;
	if (is_refusal())
		return -truncate<int>(raw_ & ~kRefusedMask);
	if (raw_ == TDX_SHIM_VMFAILINVALID)
		return negative(Errno::kNoDevice);
	if (raw_ == TDX_SHIM_UD)
		return negative(Errno::kAccess);
	if (raw_ == TDX_SHIM_GP)
		return negative(Errno::kNotSupported);
	if (is_busy())
		return negative(Errno::kBusy);
	if (is(StatusCode::kRndNoEntropy) || is(StatusCode::kSpdmRequest) ||
	    is(StatusCode::kSpdmSessionKeyRequireRefresh))
		return negative(Errno::kAgain);
	return negative(Errno::kIo);
}

static_assert(CompletionStatus::refused(Errno::kShutdown).raw() == TDX_SHIM_CLOSED);
static_assert(CompletionStatus::refused(Errno::kAgain).raw() == TDX_SHIM_CPU_CLOSED);
static_assert(CompletionStatus::refused(Errno::kBusy).to_errno() == negative(Errno::kBusy));
static_assert(!CompletionStatus::refused(Errno::kBusy).module_ran());
static_assert(!CompletionStatus(TDX_SHIM_UD).is_refusal() &&
	      !CompletionStatus(TDX_SHIM_VMFAILINVALID).is_refusal());
static_assert(!CompletionStatus(TDX_SHIM_UD).module_ran() &&
	      !CompletionStatus(TDX_SHIM_VMFAILINVALID).module_ran());
static_assert(CompletionStatus(0xC000030000000001).is(StatusCode::kPageMetadataIncorrect));
static_assert(CompletionStatus(0xC000030000000001).says_no());
static_assert(!CompletionStatus(0xE000060400000000).says_no()); /* TD_FATAL */
static_assert(CompletionStatus(~u64{0}).module_ran() && !CompletionStatus(~u64{0}).says_no());
static_assert(
	!CompletionStatus(0x0000030100000001).says_no()); /* PAGE_ALREADY_FREE: no error bit */
static_assert(!CompletionStatus(0x0000030100000000).is_success());
static_assert(!CompletionStatus(0x80000F5100000000).says_no()); /* IOMMU_ECMD_TIMEOUT */

/* The specification's name for a status, or the origin of one that is not the module's. */
constexpr const char *name_of(CompletionStatus status)
{
#define CASE(name, code, text) \
	case code: \
		return text;
	switch (TDX_STATUS_KEY(status.raw())) {
		TDX_STATUS_TABLE(CASE)
		TDX_SOFTWARE_STATUS_TABLE(CASE)
	}
#undef CASE
	return status.is_refusal() ? "not issued" : "unknown status";
}

} // namespace tdx
