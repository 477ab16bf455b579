/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the parts of the fuzzer of calls, and its calls by the explorer: the world, the input, and the faults in it. */
#pragma once

#include <algorithm>

#include "fuzz_input.hpp"
#include "run.hpp"
#include "tdx_page_array_seamcalls.h"

namespace fuzz_calls {

using fuzz::Input;
using fuzz::is_told;
using fuzz::must;
using user::FaultKind;
using user::Slot;
using enum FaultKind;

inline constexpr u32 kSlots = 4;
inline constexpr u64 kCodeMask = 0xFFFFFFFF00000000;

struct World {
	Slot slots[kSlots];
	page *mailbox[3];
};

/* The three lines of an input, and what they are about. */
extern World world;
extern Input calls, seamcalls, allocations;

/*
 * What a host knows of calls that the module has interrupted. The judge reports every resumption with
 * other inputs, also one that no host could have avoided:
 *   - the host was not told that the call waits, or was told a wrong position;
 *   - the array that the module waits for has ended, and another one is handed over;
 *   - another array is handed over in between: the interface knows one interrupted call at a time.
 */
class Interruptions {
public:
	void begin_call(const Slot *slot)
	{
		slot_ = slot;
		/* Only CLEAR can be resumed by a later call; ext_ is about EXT.MEM.ADD. */
		if (leaf_ != SEAM_IOMMU_CLEAR)
			leaf_ = 0;
	}

	void end_of_array(const Slot *slot)
	{
		if (told_slot_ == slot)
			leaf_ = 0;
		if (ext_slot_ == slot)
			ext_word_ = 0;
	}

	void before_seamcall() { waiting_ = seam_model.ext_resume; }

	/* True if the host must resume with the inputs that the module waits for. */
	bool is_told(u16 leaf) const
	{
		if (leaf == SEAM_EXT_MEM_ADD)
			return ext_word_ && ext_word_ == waiting_ && ext_slot_ == slot_;
		return leaf_ == leaf && told_slot_ == slot_;
	}

	void after_seamcall(u16 leaf, bool ran, const seam_registers &registers)
	{
		const u64 code = registers.r[SEAM_RAX] & kCodeMask;

		/* As if it had not been issued: the core issues it again. */
		if (!ran || code == SEAM_OPERAND_BUSY || code == SEAM_SYS_BUSY ||
		    registers.r[SEAM_RAX] == SEAM_RND_NO_ENTROPY)
			return;
		if (leaf == SEAM_EXT_MEM_ADD) {
			ext_word_ = code == SEAM_INTERRUPTED_RESUMABLE ? registers.r[SEAM_RCX] : 0;
			ext_slot_ = slot_;
		} else {
			leaf_ = code == SEAM_INTERRUPTED_RESUMABLE && waits_for(leaf, registers)
					? leaf
					: 0;
			told_slot_ = slot_;
		}
	}

private:
	/* A leaf that waits changes no register. */
	static bool waits_for(u16 leaf, const seam_registers &registers)
	{
		return std::ranges::any_of(seam_model.resumes, [&](const seam_resume &resume) {
			return resume.pending && resume.inputs.r[SEAM_RAX] == leaf &&
			       resume.inputs.r[SEAM_RCX] == registers.r[SEAM_RCX] &&
			       resume.inputs.r[SEAM_RDX] == registers.r[SEAM_RDX];
		});
	}

	const Slot *slot_ = nullptr;
	u16 leaf_ = 0;
	const Slot *told_slot_ = nullptr;
	u64 ext_word_ = 0, waiting_ = 0;
	const Slot *ext_slot_ = nullptr;
};

extern Interruptions interruptions;
/* The object that is being deleted is the one that was made of the array. */
extern bool deletes_own;

/* fuzz_answers.cc: outcomes of SEAMCALLs and allocations, by the input. */
void begin_answers(); /* of an input */
void begin_call();    /* of one call in it */
void before_seamcall(u16 leaf);
void after_seamcall(u16 leaf, seam_outcome outcome, seam_registers *registers);
bool choose_failure();

/* fuzz_operations.cc: what can be called. */
struct Operation {
	char key;
	void (*run)();
};

/* A byte that is not the key of an operation selects one, too. */
const Operation &operation_of(u8 byte);

/* @end: tdx_page_array_release() or tdx_page_array_leak() */
void end_array(Slot &slot, int (*end)(tdx_page_array *));

} // namespace fuzz_calls
