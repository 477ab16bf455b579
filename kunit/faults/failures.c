// SPDX-License-Identifier: GPL-2.0
/* How a SEAMCALL can fail: the fault of the model, and which consequences are acceptable. */
#include "faults.h"

#define FOR_EVER U32_MAX
#define FATAL	 SEAM_TD_FATAL
#define UNKNOWN	 0xC000EE0000000000ULL /* in no table of this project */

#define STATUS(NAME, VALUE, TIMES) \
	{ \
		NAME, SEAM_INJECT_STATUS, VALUE, TIMES \
	}
#define AFTER(NAME, VALUE) \
	{ \
		NAME, SEAM_INJECT_STATUS_AFTER, VALUE, 1 \
	}
#define LIE(NAME, VALUE) \
	{ \
		NAME, SEAM_INJECT_LIE, VALUE, 1 \
	}

const struct failure failures[] = {
	STATUS("refused", SEAM_OPERAND_INVALID | SEAM_RCX, 1),
	STATUS("metadata", SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 1),
	STATUS("fatal", FATAL, 1),
	STATUS("unknown", UNKNOWN, 1),
	STATUS("busy-once", SEAM_OPERAND_BUSY | SEAM_RCX, 1),
	STATUS("busy", SEAM_OPERAND_BUSY | SEAM_RCX, FOR_EVER),
	STATUS("entropy-once", SEAM_RND_NO_ENTROPY, 1),
	STATUS("entropy", SEAM_RND_NO_ENTROPY, FOR_EVER),
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
	STATUS("shutdown", SEAM_SYS_SHUTDOWN, FOR_EVER),

	{"vmfailinvalid", SEAM_INJECT_VMFAILINVALID, 0, 1},
	{"gp", SEAM_INJECT_GP, 0, 1},
	{"ud", SEAM_INJECT_UD, 0, 1},

	/* The module returns success, but does not execute the call; or its outputs are wrong. */
	STATUS("nothing-done", SEAM_SUCCESS, 1),
	LIE("lie-swapped", SEAM_LIE_SWAPPED_PAGES),
	LIE("lie-short", SEAM_LIE_SHORT_LIST),
	LIE("lie-foreign", SEAM_LIE_FOREIGN_PAGE),
	LIE("lie-keyid", SEAM_LIE_KEYID_BITS),
	LIE("lie-root", SEAM_LIE_OTHER_ROOT),
	LIE("lie-stale", SEAM_LIE_STALE_LIST),
	LIE("lie-keeps", SEAM_LIE_KEEPS_PAGES),
	LIE("lie-resume", SEAM_LIE_WRONG_RESUME),
	LIE("lie-long", SEAM_LIE_LONG_OUTPUT),
};

const u32 failure_count = ARRAY_SIZE(failures);

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
	if (failure->kind != SEAM_INJECT_LIE)
		return true;
	switch (failure->value) {
	case SEAM_LIE_LONG_OUTPUT:
		return gives_length(leaf);
	case SEAM_LIE_WRONG_RESUME:
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
	return status == (SEAM_OPERAND_BUSY | SEAM_RCX) || status == SEAM_RND_NO_ENTROPY ||
	       status == SEAM_SYS_SHUTDOWN;
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
	if (failure->kind == SEAM_INJECT_LIE ||
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
