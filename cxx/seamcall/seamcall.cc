// SPDX-License-Identifier: GPL-2.0
#include "seamcall/seamcall.hpp"

#include <algorithm>
#include <optional>

#include "base/lock.hpp"
#include "base/memory.hpp"

namespace tdx {

Failure refuse_feature(Leaf leaf)
{
	const Feature feature = row_of(leaf).feature;

	return REFUSE(not_issued(leaf), Errno::kNotSupported,
		      "%s not supported by this TDX module, or not enabled by the kernel",
		      feature == Feature::kExtensions ? "extensions are"
		      : feature == Feature::kQuoting  ? "Quoting is"
						      : "TDX Connect is");
}

bool Patience::may_pass_soon(CompletionStatus status)
{
	const bool on_cpu = status.raw() == TDX_SHIM_CPU_CLOSED;

	if (++tries_ >= (on_cpu ? kTriesOnCpu : kTries) || tdx_shim_is_killed())
		return false;
	tdx_shim_pause(std::min(kFirstPauseUs << std::min(tries_ - 1, 9U), kLongestPauseUs));
	return true;
}

bool Patience::may_resume()
{
	const u64 now = tdx_shim_nanoseconds();

	if (!deadline_)
		deadline_ = now + kResumedNs;
	tdx_shim_cond_resched();
	return now < deadline_ && !tdx_shim_is_killed();
}

Answer issue(Leaf leaf, const Registers &in)
{
	const LeafRow &row = row_of(leaf);
	std::optional<KillableLock> lock;
	Answer answer UNINITIALIZED;

	/* Killable: the holder may be resuming its call for up to a minute. */
	if (row.flags & kService)
		lock.emplace(TDX_SHIM_LOCK_SERVICE);
	if (lock && !lock->is_held()) {
		answer.status = CompletionStatus::refused(Errno::kBusy);
		return answer;
	}
	for (Patience interrupted;;) {
		Patience busy;
		do {
			answer.status = CompletionStatus(tdx_shim_seamcall(
				row.number, &in, &answer.out, row.flags & kKeepsVectors));
		} while (busy.may_try_again(answer.status));
		if (answer.status.is_success()) [[likely]]
			return answer;
		if (!(row.flags & kResumed) || !answer.status.is(StatusCode::kInterruptedResumable))
			break;
		answer.was_interrupted = true;
		if (!interrupted.may_resume())
			break;
	}
	if (answer.status.raw() == TDX_SHIM_CLOSED)
		tdx_shim_error("%s: the machine is going down", row.not_issued);
	if (answer.status.is_ecmd_failure())
		tdx_shim_report(TDX_SHIM_DEVICE_ERROR, "%s answers %s (%#llx)", row.name,
				name_of(answer.status), answer.status.raw());
	return answer;
}

Result<Registers> call(Leaf leaf, const Registers &in)
{
	TRY(check_feature(leaf));
	const Answer answer = issue(leaf, in);
	TRY(result_of(answer.status));
	return answer.out;
}

} // namespace tdx
