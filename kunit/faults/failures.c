// SPDX-License-Identifier: GPL-2.0
/* How a SEAMCALL can fail: the fault of the model, and which consequences are acceptable. */
#include "faults.h"

#define ALWAYS	U32_MAX
#define FATAL	SEAM_TD_FATAL
#define UNKNOWN 0xC000EE0000000000ULL /* in no table of this project */

#define SAYS_NOTHING true

const struct failure failures[] = {
	{"refused", SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX, 1},
	{"metadata", SEAM_INJECT_STATUS, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 1},
	{"fatal", SEAM_INJECT_STATUS, FATAL, 1},
	{"unknown", SEAM_INJECT_STATUS, UNKNOWN, 1},
	{"busy-once", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, 1, SAYS_NOTHING},
	{"busy", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, ALWAYS, SAYS_NOTHING},
	{"interrupted-busy", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_BUSY, 3, SAYS_NOTHING},
	{"entropy-once", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, 1, SAYS_NOTHING},
	{"entropy", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, ALWAYS, SAYS_NOTHING},
	/* The core resumes up to 100000 times; three are enough here. */
	{"interrupted-once", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE, 1},
	{"interrupted", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_RESUMABLE, 3},

	/* The module executes the call, but returns an error. */
	{"refused-after", SEAM_INJECT_STATUS_AFTER, SEAM_OPERAND_INVALID | SEAM_RCX, 1},
	{"metadata-after", SEAM_INJECT_STATUS_AFTER, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 1},
	{"fatal-after", SEAM_INJECT_STATUS_AFTER, FATAL, 1},
	{"unknown-after", SEAM_INJECT_STATUS_AFTER, UNKNOWN, 1},
	{"busy-after", SEAM_INJECT_STATUS_AFTER, SEAM_OPERAND_BUSY | SEAM_RCX, 1, SAYS_NOTHING},
	{"entropy-after", SEAM_INJECT_STATUS_AFTER, SEAM_RND_NO_ENTROPY, 1, SAYS_NOTHING},
	{"interrupted-after", SEAM_INJECT_STATUS_AFTER, SEAM_INTERRUPTED_RESUMABLE, 1},

	{"shutdown-once", SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN, 1, SAYS_NOTHING},
	{"shutdown", SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN, ALWAYS, SAYS_NOTHING},

	{"vmfailinvalid", SEAM_INJECT_VMFAILINVALID, 0, 1, SAYS_NOTHING},
	{"gp", SEAM_INJECT_GP, 0, 1, SAYS_NOTHING},
	{"ud", SEAM_INJECT_UD, 0, 1, SAYS_NOTHING},

	/* The module returns success, but does not execute the call; or its outputs are wrong. */
	{"nothing-done", SEAM_INJECT_STATUS, SEAM_SUCCESS, 1},
	{"bad-swapped", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_SWAPPED_PAGES, 1},
	{"bad-short", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_SHORT_LIST, 1},
	{"bad-foreign", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_FOREIGN_PAGE, 1},
	{"bad-keyid", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_KEYID_BITS, 1},
	{"bad-root", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_OTHER_ROOT, 1},
	{"bad-stale", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_STALE_LIST, 1},
	{"bad-keeps", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_KEEPS_PAGES, 1},
	{"bad-resume", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_WRONG_RESUME, 1},
	{"bad-long", SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_LONG_OUTPUT, 1},
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

bool failure_is_silent(const struct failure *failure)
{
	return failure->says_nothing && failure->kind != SEAM_INJECT_STATUS_AFTER;
}

bool failure_is_module_bug(const struct failure *failure, u16 leaf)
{
	if (failure->kind == SEAM_INJECT_BAD_RESPONSE ||
	    (failure->kind == SEAM_INJECT_STATUS && failure->value == SEAM_SUCCESS))
		return true;
	/* The module released the page, but then refuses its write-back. */
	if (leaf == SEAM_PHYMEM_PAGE_WBINVD)
		return !failure->says_nothing;
	/* The module reports an interruption, with the HPA_LIST_INFO of a list that is complete. */
	return leaf == SEAM_EXT_MEM_ADD && failure->kind == SEAM_INJECT_STATUS_AFTER &&
	       failure->value == SEAM_INTERRUPTED_RESUMABLE;
}

/*
 * The call was not executed as far as the host knows, so it may issue another one; or the module has taken a part of the
 * list, but tells the host to repeat the call.
 */
static bool excuses_changed_resume(const struct failure *failure, u16 leaf)
{
	return failure->says_nothing && failure->kind != SEAM_INJECT_STATUS &&
	       (failure->kind != SEAM_INJECT_STATUS_AFTER || leaf == SEAM_EXT_MEM_ADD);
}

bool failure_excuses(const struct failure *failure, u16 leaf, const struct seam_finding *finding)
{
	if (finding->kind == SEAM_CHANGED_RESUME)
		return finding->leaf == leaf && excuses_changed_resume(failure, leaf);
	/* The host cannot know that the lines of the page were not written back. */
	return finding->kind == SEAM_FREED_DIRTY && leaf == SEAM_PHYMEM_PAGE_WBINVD &&
	       failure->kind == SEAM_INJECT_STATUS && failure->value == SEAM_SUCCESS;
}
