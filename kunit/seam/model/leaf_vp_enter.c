// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.VP.ENTER, without a guest: the checks of 1.5.25 (tdh_vp_enter.c), then the exit of a virtual
 * processor that cannot execute its first instruction. It is then disabled, as after any triple
 * fault.
 */
#include "internal.h"

/* The registers, including those for arguments, after an exit that the TD did not request. */
static void exit_registers(struct seam_call *call)
{
	static const uint8_t zeroed[] = {SEAM_RCX, SEAM_RDX, SEAM_RBX, SEAM_RSI, SEAM_RDI,
					 SEAM_R8,  SEAM_R9,  SEAM_R10, SEAM_R11, SEAM_R12,
					 SEAM_R13, SEAM_R14, SEAM_R15};
	const uint8_t *which;

	seam_for_each(which, zeroed)
		call->registers->r[*which] = 0;
}

static uint64_t enter(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	uint64_t status = seam_check_td(of->td, SEAM_WHILE_RUNNABLE);

	if (status)
		return status;
	if (!seam_vcpu_has_all_pages(of->vcpu))
		return SEAM_TDCX_NUM_INCORRECT;
	if (of->vcpu->state != SEAM_VCPU_READY)
		return SEAM_VCPU_STATE_INCORRECT | of->vcpu->state;
	status = seam_associate(call, of);
	if (status)
		return status;
	if (!seam_try_lock(&of->td->epoch_lock, SEAM_SHARED))
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_TD_EPOCH;
	seam_unlock(&of->td->epoch_lock, SEAM_SHARED);
	of->vcpu->state = SEAM_VCPU_DISABLED;
	exit_registers(call);
	return SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT;
}

/* Flags in the other bits of RCX, which make it invalid here, concern nested VMs of the TD, and machine checks. */
uint64_t seam_vp_enter(struct seam_call *call)
{
	return seam_with_vcpu(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
			      (struct seam_vcpu_locks){SEAM_SHARED, SEAM_SHARED}, enter);
}
