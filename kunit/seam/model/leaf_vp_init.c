// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.VP.INIT and TDH.VP.FLUSH: they associate a virtual processor with a logical processor, and end
 * the association (1.5.25, tdh_vp_init.c and tdh_vp_flush.c).
 */
#include "internal.h"

/* Pages of a virtual processor of a TD without nested VMs: the TDVPR and 5 TDCX. */
#define MINIMUM_VCPU_PAGES 6

/* In the format of seam_vcpu.lp. */
static uint8_t logical_processor(const struct seam_call *call)
{
	return (uint8_t)(1 + call->lp);
}

static uint32_t version(struct seam_call *call)
{
	return (uint32_t)(*seam_reg(call, SEAM_RAX) >> 16);
}

bool seam_vcpu_has_all_pages(const struct seam_vcpu *vcpu)
{
	return 1 + vcpu->control_pages >= MINIMUM_VCPU_PAGES;
}

/* X2APIC_ID_NOT_UNIQUE has the APIC ID in its low half, not an operand id. */
static uint64_t check_apic_id(const struct seam_model *model, const struct seam_vcpu_of_td *of,
			      uint64_t apic_id)
{
	const struct seam_vcpu *other;

	if (apic_id >> 32)
		return SEAM_OPERAND_INVALID | SEAM_R8;
	seam_for_each(other, model->vcpus)
		if (__atomic_load_n(&other->live, __ATOMIC_ACQUIRE) && other->td == of->vcpu->td &&
		    other->has_apic_id && other->apic_id == apic_id)
			return SEAM_X2APIC_ID_NOT_UNIQUE | apic_id;
	return SEAM_SUCCESS;
}

/* Only version 1 has an APIC ID. */
static uint64_t number(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	const uint64_t apic_id = *seam_reg(call, SEAM_R8);
	uint64_t status;

	if (__atomic_load_n(&of->td->initialised_vcpus, __ATOMIC_RELAXED) >=
	    of->td->params.max_vcpus)
		return SEAM_MAX_VCPUS_EXCEEDED;
	if (!version(call))
		return SEAM_SUCCESS;
	status = check_apic_id(call->model, of, apic_id);
	if (status)
		return status;
	of->vcpu->apic_id = (uint32_t)apic_id;
	of->vcpu->has_apic_id = true;
	return SEAM_SUCCESS;
}

static uint64_t initialise(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	struct seam_vcpu *vcpu = of->vcpu;
	uint64_t status = seam_check_td(of->td, SEAM_WHILE_INITIALIZED);

	if (status)
		return status;
	if (!seam_vcpu_has_all_pages(vcpu))
		return SEAM_TDCX_NUM_INCORRECT;
	if (vcpu->state)
		return SEAM_VCPU_STATE_INCORRECT | vcpu->state;
	status = number(call, of);
	if (status)
		return status;
	vcpu->state = SEAM_VCPU_READY;
	vcpu->lp = logical_processor(call);
	__atomic_fetch_add(&of->td->initialised_vcpus, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&of->td->vcpus, 1, __ATOMIC_RELAXED);
	return SEAM_SUCCESS;
}

/* With an APIC ID it changes state of the TD: the TDR is locked exclusively. */
uint64_t seam_vp_init(struct seam_call *call)
{
	if (version(call) > 1)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	return seam_with_vcpu(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
			      (struct seam_vcpu_locks){
				      SEAM_EXCLUSIVE, version(call) ? SEAM_EXCLUSIVE : SEAM_SHARED},
			      initialise);
}

uint64_t seam_associate(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	uint8_t before = 0;

	if (__atomic_compare_exchange_n(&of->vcpu->lp, &before, logical_processor(call), false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		__atomic_fetch_add(&of->td->vcpus, 1, __ATOMIC_RELAXED);
		return SEAM_SUCCESS;
	}
	return before == logical_processor(call) ? SEAM_SUCCESS : SEAM_VCPU_ASSOCIATED;
}

static uint64_t flush(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	struct seam_vcpu *vcpu = of->vcpu;

	if (of->td->lifecycle != SEAM_KEYS_CONFIGURED)
		return SEAM_TD_KEYS_NOT_CONFIGURED;
	if (!seam_vcpu_has_all_pages(vcpu))
		return SEAM_TDCX_NUM_INCORRECT;
	if (vcpu->lp != logical_processor(call))
		return SEAM_VCPU_NOT_ASSOCIATED;
	vcpu->lp = 0;
	__atomic_fetch_sub(&of->td->vcpus, 1, __ATOMIC_RELAXED);
	return SEAM_SUCCESS;
}

uint64_t seam_vp_flush(struct seam_call *call)
{
	return seam_with_vcpu(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
			      (struct seam_vcpu_locks){SEAM_EXCLUSIVE, SEAM_SHARED}, flush);
}
