// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.MR.EXTEND and TDH.MR.FINALIZE: the measurement of a TD's initial memory (1.5.25, tdh_mr_*.c).
 * The checks are the real ones, but nothing is measured and there is no MRTD.
 */
#include "internal.h"

#define CHUNK 256

static uint64_t extend(struct seam_call *call, struct seam_td *td)
{
	const uint64_t gpa = *seam_reg(call, SEAM_RCX);
	const uint64_t status = seam_check_td(td, SEAM_WHILE_INITIALIZED);
	struct seam_sept_entry entry;

	if (status)
		return status;
	if (gpa % CHUNK || !seam_is_private_gpa(td, gpa))
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (!seam_sept_find(call->model, td, gpa, 0, &entry) || !entry.page) {
		seam_sept_tell(call, &entry);
		return SEAM_EPT_ENTRY_NOT_PRESENT | SEAM_RCX;
	}
	if (seam_sept_state_of(&entry) != SEAM_SEPT_MAPPED)
		return SEAM_EPT_ENTRY_NOT_PRESENT;
	return SEAM_SUCCESS;
}

uint64_t seam_mr_extend(struct seam_call *call)
{
	return seam_with_sept_of(call, SEAM_EXCLUSIVE, extend);
}

static uint64_t finalize(struct seam_call *call, struct seam_td *td)
{
	const uint64_t status = seam_check_td(td, SEAM_WHILE_INITIALIZED);

	if (status)
		return status;
	if (!td->initialised_vcpus)
		return SEAM_NO_VCPUS;
	td->op_state = SEAM_TD_RUNNABLE;
	return SEAM_SUCCESS;
}

uint64_t seam_mr_finalize(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, finalize);
}
