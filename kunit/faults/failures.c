// SPDX-License-Identifier: GPL-2.0
/* How a SEAMCALL can fail: the fault of the model, and which consequences are acceptable. */
#include "faults.h"

#define ALWAYS	U32_MAX
#define FATAL	SEAM_TD_FATAL
#define UNKNOWN 0xC000EE0000000000ULL /* in no table of this project */

#define STATUS(NAME, VALUE, TIMES) \
	{ \
		NAME, SEAM_INJECT_STATUS, VALUE, TIMES \
	}
#define AFTER(NAME, VALUE) \
	{ \
		NAME, SEAM_INJECT_STATUS_AFTER, VALUE, 1 \
	}
#define BAD_RESPONSE(NAME, VALUE) \
	{ \
		NAME, SEAM_INJECT_BAD_RESPONSE, VALUE, 1 \
	}

const struct failure failures[] = {
	STATUS("refused", SEAM_OPERAND_INVALID | SEAM_RCX, 1),
	STATUS("metadata", SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 1),
	STATUS("fatal", FATAL, 1),
	STATUS("unknown", UNKNOWN, 1),
	STATUS("busy-once", SEAM_OPERAND_BUSY | SEAM_RCX, 1),
	STATUS("busy", SEAM_OPERAND_BUSY | SEAM_RCX, ALWAYS),
	STATUS("interrupted-busy", SEAM_INTERRUPTED_BUSY, 3),
	STATUS("entropy-once", SEAM_RND_NO_ENTROPY, 1),
	STATUS("entropy", SEAM_RND_NO_ENTROPY, ALWAYS),
	/* The core resumes up to 100000 times; three are enough here. */
	STATUS("interrupted-once", SEAM_INTERRUPTED_RESUMABLE, 1),
	STATUS("interrupted", SEAM_INTERRUPTED_RESUMABLE, 3),

	/* The module executes the call, but returns an error. */
	AFTER("refused-after", SEAM_OPERAND_INVALID | SEAM_RCX),
	AFTER("metadata-after", SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX),
	AFTER("fatal-after", FATAL),
	AFTER("unknown-after", UNKNOWN),
	AFTER("busy-after", SEAM_OPERAND_BUSY | SEAM_RCX),
	AFTER("entropy-after", SEAM_RND_NO_ENTROPY),
	AFTER("interrupted-after", SEAM_INTERRUPTED_RESUMABLE),

	STATUS("shutdown-once", SEAM_SYS_SHUTDOWN, 1),
	STATUS("shutdown", SEAM_SYS_SHUTDOWN, ALWAYS),

	{"vmfailinvalid", SEAM_INJECT_VMFAILINVALID, 0, 1},
	{"gp", SEAM_INJECT_GP, 0, 1},
	{"ud", SEAM_INJECT_UD, 0, 1},

	/* The module returns success, but does not execute the call; or its outputs are wrong. */
	STATUS("nothing-done", SEAM_SUCCESS, 1),
	BAD_RESPONSE("bad-swapped", SEAM_BAD_SWAPPED_PAGES),
	BAD_RESPONSE("bad-short", SEAM_BAD_SHORT_LIST),
	BAD_RESPONSE("bad-foreign", SEAM_BAD_FOREIGN_PAGE),
	BAD_RESPONSE("bad-keyid", SEAM_BAD_KEYID_BITS),
	BAD_RESPONSE("bad-root", SEAM_BAD_OTHER_ROOT),
	BAD_RESPONSE("bad-stale", SEAM_BAD_STALE_LIST),
	BAD_RESPONSE("bad-keeps", SEAM_BAD_KEEPS_PAGES),
	BAD_RESPONSE("bad-resume", SEAM_BAD_WRONG_RESUME),
	BAD_RESPONSE("bad-long", SEAM_BAD_LONG_OUTPUT),
};

const u32 failure_count = ARRAY_SIZE(failures);

int plan_failure(const struct failure *failure, u16 leaf, u32 nth)
{
	return seam_emulator_inject(&(struct seam_injection){.kind = failure->kind,
							     .leaf = leaf,
							     .nth = nth,
							     .times = failure->times,
							     .value = failure->value});
}

static bool gives_list(u16 leaf)
{
	return leaf == SEAM_SPDM_DELETE || leaf == SEAM_IDE_STREAM_DELETE ||
	       leaf == SEAM_IOMMU_CLEAR;
}

static bool gives_length(u16 leaf)
{
	switch (leaf) {
	case SEAM_SPDM_CONNECT:
	case SEAM_SPDM_DISCONNECT:
	case SEAM_SPDM_MNG:
	case SEAM_IDE_STREAM_KM:
	case SEAM_QUOTE_GET:
		return true;
	}
	return false;
}

bool failure_fits(const struct failure *failure, u16 leaf)
{
	/* The core trusts a successful RECLAIM, as KVM does: the page would be freed while the TDX module owns it. */
	if (leaf == SEAM_PHYMEM_PAGE_RECLAIM && failure->kind == SEAM_INJECT_STATUS &&
	    failure->value == SEAM_SUCCESS)
		return false;
	if (failure->kind != SEAM_INJECT_BAD_RESPONSE)
		return true;
	switch (failure->value) {
	case SEAM_BAD_LONG_OUTPUT:
		return gives_length(leaf);
	case SEAM_BAD_WRONG_RESUME:
		return leaf == SEAM_EXT_MEM_ADD;
	}
	return gives_list(leaf);
}

static bool module_ran(const struct failure *failure)
{
	return failure->kind == SEAM_INJECT_STATUS || failure->kind == SEAM_INJECT_STATUS_AFTER;
}

static bool says_nothing(u64 status)
{
	return status == (SEAM_OPERAND_BUSY | SEAM_RCX) || status == SEAM_INTERRUPTED_BUSY ||
	       status == SEAM_RND_NO_ENTROPY || status == SEAM_SYS_SHUTDOWN;
}

bool failure_is_silent(const struct failure *failure)
{
	switch (failure->kind) {
	case SEAM_INJECT_VMFAILINVALID:
	case SEAM_INJECT_GP:
	case SEAM_INJECT_UD:
		return true;
	case SEAM_INJECT_STATUS:
		return says_nothing(failure->value);
	}
	return false;
}

bool failure_is_module_bug(const struct failure *failure, u16 leaf)
{
	if (failure->kind == SEAM_INJECT_BAD_RESPONSE ||
	    (failure->kind == SEAM_INJECT_STATUS && failure->value == SEAM_SUCCESS))
		return true;
	/* The module released the page, but then refuses its write-back. */
	if (leaf == SEAM_PHYMEM_PAGE_WBINVD)
		return module_ran(failure) && !says_nothing(failure->value);
	/* The module reports an interruption, with the HPA_LIST_INFO of a list that is complete. */
	return leaf == SEAM_EXT_MEM_ADD && failure->kind == SEAM_INJECT_STATUS_AFTER &&
	       failure->value == SEAM_INTERRUPTED_RESUMABLE;
}

static bool excuses_changed_resume(const struct failure *failure, u16 leaf)
{
	switch (failure->kind) {
	case SEAM_INJECT_VMFAILINVALID:
	case SEAM_INJECT_GP:
	case SEAM_INJECT_UD:
		/* The call was not executed as far as the host knows, so it may issue another one. */
		return true;
	case SEAM_INJECT_STATUS_AFTER:
		/* The module has taken a part of the list, but tells the host to repeat the call. */
		return leaf == SEAM_EXT_MEM_ADD &&
		       (failure->value == (SEAM_OPERAND_BUSY | SEAM_RCX) ||
			failure->value == SEAM_RND_NO_ENTROPY);
	default:
		return false;
	}
}

bool failure_excuses(const struct failure *failure, u16 leaf, const struct seam_finding *finding)
{
	if (finding->kind == SEAM_CHANGED_RESUME)
		return finding->leaf == leaf && excuses_changed_resume(failure, leaf);
	/* The host cannot know that the lines of the page were not written back. */
	return finding->kind == SEAM_FREED_DIRTY && leaf == SEAM_PHYMEM_PAGE_WBINVD &&
	       failure->kind == SEAM_INJECT_STATUS && failure->value == SEAM_SUCCESS;
}
