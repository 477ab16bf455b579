// SPDX-License-Identifier: GPL-2.0
/* TDH.MNG.INIT, TDH.VP.CREATE and TDH.VP.ADDCX: a TD's virtual processors and their control pages. */
#include "internal.h"

#define MINIMUM_CONTROL_PAGES 6
#define MAX_VCPU_PAGES	      15
/* TD_PARAMS, whose content this model does not look at */
#define TD_PARAMS_ALIGN	     1024
#define OP_STATE_INITIALISED 1

/* Has the TD its keys and all the control pages it needs? */
static uint64_t check_built(const struct seam_td *td)
{
	if (td->fatal)
		return SEAM_TD_FATAL;
	if (td->lifecycle != SEAM_KEYS_CONFIGURED)
		return SEAM_TD_KEYS_NOT_CONFIGURED;
	return td->control_pages < MINIMUM_CONTROL_PAGES ? SEAM_TDCS_NOT_ALLOCATED : SEAM_SUCCESS;
}

static uint64_t initialise(struct seam_call *call, struct seam_td *td)
{
	uint64_t status = check_built(td);

	if (status)
		return status;
	if (td->op_state)
		return SEAM_OP_STATE_INCORRECT | td->op_state;
	status = seam_check_shared_aligned(call->model, *seam_reg(call, SEAM_RDX), TD_PARAMS_ALIGN,
					   SEAM_RDX);
	if (!status)
		td->op_state = OP_STATE_INITIALISED;
	return status;
}

uint64_t seam_mng_init(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, initialise);
}

uint64_t seam_check_td(const struct seam_td *td)
{
	const uint64_t status = check_built(td);

	if (status)
		return status;
	return td->op_state ? SEAM_SUCCESS : SEAM_OP_STATE_INCORRECT;
}

/* Takes the page of RCX for a virtual processor of the TD whose TDR lies at @tdr. */
static uint64_t take_page(struct seam_call *call, struct seam_td *td, uint64_t tdr,
			  enum seam_page_type type)
{
	struct seam_walk page;
	const uint64_t status = seam_lock_private(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
						  SEAM_PT_NDA, SEAM_EXCLUSIVE, &page);

	if (status)
		return status;
	seam_take_page(call, page.page, type, tdr, td->hkid);
	page.page->vcpu_pages = 0;
	page.page->vcpu_state = 0;
	page.page->vcpu_lp = 0;
	__atomic_fetch_add(&td->children, 1, __ATOMIC_RELAXED);
	seam_walk_end(&page);
	return SEAM_SUCCESS;
}

static uint64_t create_vcpu(struct seam_call *call, struct seam_td *td)
{
	const uint64_t status = seam_check_td(td);

	return status ? status : take_page(call, td, *seam_reg(call, SEAM_RDX), SEAM_PT_TDVPR);
}

uint64_t seam_vp_create(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RDX, SEAM_SHARED, create_vcpu);
}

/* The TDR is found through the owner of the TDVPR. */
static uint64_t with_owner(struct seam_call *call, struct seam_page *tdvpr, enum seam_mode mode,
			   seam_vcpu_fn *work)
{
	struct seam_page *tdr = seam_lock_implicit(call, tdvpr->entry.owner, mode);
	struct seam_vcpu vcpu = {.tdvpr = tdvpr};
	uint64_t status;

	if (!tdr)
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_TDR;
	vcpu.td = &call->model->tds[tdr->td];
	status = work(call, &vcpu);
	seam_unlock(&tdr->entry.lock, mode);
	return status;
}

uint64_t seam_with_vcpu(struct seam_call *call, enum seam_register which, enum seam_mode mode,
			seam_vcpu_fn *work)
{
	struct seam_walk tdvpr;
	uint64_t status;

	status = seam_lock_private(call, *seam_reg(call, which), which, SEAM_PT_TDVPR,
				   SEAM_EXCLUSIVE, &tdvpr);
	if (status)
		return status;
	status = with_owner(call, tdvpr.page, mode, work);
	seam_walk_end(&tdvpr);
	return status;
}

static uint64_t add_page(struct seam_call *call, struct seam_vcpu *vcpu)
{
	struct seam_page *tdvpr = vcpu->tdvpr;
	uint64_t status = seam_check_td(vcpu->td);

	if (!status && tdvpr->vcpu_state)
		status = SEAM_VCPU_STATE_INCORRECT | tdvpr->vcpu_state;
	if (!status && tdvpr->vcpu_pages >= MAX_VCPU_PAGES)
		status = SEAM_TDCX_NUM_INCORRECT;
	status = status ? status : take_page(call, vcpu->td, tdvpr->entry.owner, SEAM_PT_TDCX);
	if (!status)
		tdvpr->vcpu_pages++;
	return status;
}

uint64_t seam_vp_addcx(struct seam_call *call)
{
	return seam_with_vcpu(call, SEAM_RDX, SEAM_SHARED, add_page);
}
