// SPDX-License-Identifier: GPL-2.0
#include "seamcall/seamcall.hpp"

#include <optional>

#include "base/lock.hpp"
#include "facts/tdx_module.hpp"

namespace tdx {

Result<void> check_feature(Leaf leaf)
{
	const Feature feature = row_of(leaf).feature;

	if (tdx_module().has(feature)) [[likely]]
		return {};
	return REFUSE(not_issued(leaf), Errno::kNotSupported,
		      "%s not supported by this TDX module, or not enabled by the kernel",
		      feature == Feature::kExtensions ? "extensions are"
		      : feature == Feature::kQuoting  ? "Quoting is"
						      : "TDX Connect is");
}

bool may_try_again(CompletionStatus status, u32 tries)
{
	if (!status.may_pass() || tries + 1 == kTries)
		return false;
	if (status.is_busy())
		tdx_shim_pause();
	return true;
}

namespace {

CompletionStatus issue_once(const LeafRow &row, const Registers &in, Registers &out)
{
	return CompletionStatus(
		row.flags & kKeepsVectors
			? tdx_shim_seamcall_keeping_vectors(row.number, &in, &out)
			: tdx_shim_seamcall(row.number, &in, &out));
}

} // namespace

Answer issue(Leaf leaf, const Registers &in)
{
	const LeafRow &row = row_of(leaf);
	std::optional<LockGuard> lock;
	Answer answer;

	if (!(row.flags & kKeepsVectors))
		private_lines::expect();
	if (row.flags & kService)
		lock.emplace(TDX_SHIM_LOCK_SERVICE);
	for (u32 resumptions = 0;; resumptions++) {
		answer.was_interrupted = resumptions;
		for (u32 tries = 0;; tries++) {
			answer.status = issue_once(row, in, answer.out);
			if (!may_try_again(answer.status, tries)) [[likely]]
				break;
		}
		if (!(row.flags & kResumed) || resumptions == kMaxStalls ||
		    !answer.status.is(StatusCode::kInterruptedResumable)) [[likely]]
			break;
		tdx_shim_cond_resched();
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
