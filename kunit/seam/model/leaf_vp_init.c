// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.VP.INIT and TDH.VP.FLUSH: a virtual processor becomes associated with a logical processor, and
 * ceases to be. (1.5.25, tdh_vp_init.c and tdh_vp_flush.c; no registers of the guest, and whether its
 * APIC id is unique is not looked at.)
 */
#include "internal.h"

/* Pages of a virtual processor without virtual machines of its own: the TDVPR and 5 TDCX. */
#define MINIMUM_VCPU_PAGES 6
#define VCPU_READY	   2

/* As a TDVPR page remembers it. */
static uint8_t logical_processor(const struct seam_call *call)
{
	return (uint8_t)(1 + call->lp);
}

static uint32_t version(struct seam_call *call)
{
	return (uint32_t)(*seam_reg(call, SEAM_RAX) >> 16);
}

static bool has_all_pages(const struct seam_page *tdvpr)
{
	return 1 + tdvpr->vcpu_pages >= MINIMUM_VCPU_PAGES;
}

static uint64_t initialise(struct seam_call *call, struct seam_vcpu *vcpu)
{
	struct seam_page *tdvpr = vcpu->tdvpr;
	const uint64_t status = seam_check_td(vcpu->td);

	if (status)
		return status;
	if (!has_all_pages(tdvpr))
		return SEAM_TDCX_NUM_INCORRECT;
	if (tdvpr->vcpu_state)
		return SEAM_VCPU_STATE_INCORRECT | tdvpr->vcpu_state;
	if (version(call) && *seam_reg(call, SEAM_R8) >> 32)
		return SEAM_OPERAND_INVALID | SEAM_R8;
	tdvpr->vcpu_state = VCPU_READY;
	tdvpr->vcpu_lp = logical_processor(call);
	__atomic_fetch_add(&vcpu->td->vcpus, 1, __ATOMIC_RELAXED);
	return SEAM_SUCCESS;
}

/* With an APIC id, which version 1 has, it changes what is the TD's. */
uint64_t seam_vp_init(struct seam_call *call)
{
	if (version(call) > 1)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	return seam_with_vcpu(call, SEAM_RCX, version(call) ? SEAM_EXCLUSIVE : SEAM_SHARED,
			      initialise);
}

static uint64_t flush(struct seam_call *call, struct seam_vcpu *vcpu)
{
	struct seam_page *tdvpr = vcpu->tdvpr;

	if (vcpu->td->lifecycle != SEAM_KEYS_CONFIGURED)
		return SEAM_TD_KEYS_NOT_CONFIGURED;
	if (!has_all_pages(tdvpr))
		return SEAM_TDCX_NUM_INCORRECT;
	if (tdvpr->vcpu_lp != logical_processor(call))
		return SEAM_VCPU_NOT_ASSOCIATED;
	tdvpr->vcpu_lp = 0;
	__atomic_fetch_sub(&vcpu->td->vcpus, 1, __ATOMIC_RELAXED);
	return SEAM_SUCCESS;
}

uint64_t seam_vp_flush(struct seam_call *call)
{
	return seam_with_vcpu(call, SEAM_RCX, SEAM_SHARED, flush);
}
