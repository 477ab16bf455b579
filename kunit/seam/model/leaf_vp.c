// SPDX-License-Identifier: GPL-2.0
/* TDH.MNG.INIT, TDH.VP.CREATE and TDH.VP.ADDCX: a TD's virtual processors and their control pages. */
#include "internal.h"

#define MINIMUM_CONTROL_PAGES 6
#define MAX_VCPU_PAGES	      15
#define OP_STATE_INITIALISED  1

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
	status = seam_check_shared(call->model, *seam_reg(call, SEAM_RDX), SEAM_RDX);
	if (!status)
		td->op_state = OP_STATE_INITIALISED;
	return status;
}

uint64_t seam_mng_init(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, initialise);
}

/* May the TD have virtual processors now? */
static uint64_t check_td(const struct seam_td *td)
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
	seam_take_page(call->model, page.page, type, tdr, td->hkid);
	page.page->vcpu_pages = 0;
	__atomic_fetch_add(&td->children, 1, __ATOMIC_RELAXED);
	seam_walk_end(&page);
	return SEAM_SUCCESS;
}

static uint64_t create_vcpu(struct seam_call *call, struct seam_td *td)
{
	const uint64_t status = check_td(td);

	return status ? status : take_page(call, td, *seam_reg(call, SEAM_RDX), SEAM_PT_TDVPR);
}

uint64_t seam_vp_create(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RDX, SEAM_SHARED, create_vcpu);
}

static uint64_t add_page(struct seam_call *call, struct seam_page *tdvpr)
{
	struct seam_model *model = call->model;
	const uint64_t hpa = tdvpr->entry.owner;
	struct seam_walk tdr;
	struct seam_td *td;
	uint64_t status;

	if (!seam_walk(model, seam_tdmr_of(model, hpa), hpa, SEAM_4K, SEAM_SHARED, &tdr))
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_TDR;
	td = &model->tds[tdr.page->td];
	status = check_td(td);
	if (!status && tdvpr->vcpu_pages >= MAX_VCPU_PAGES)
		status = SEAM_TDCX_NUM_INCORRECT;
	status = status ? status : take_page(call, td, hpa, SEAM_PT_TDCX);
	if (!status)
		tdvpr->vcpu_pages++;
	seam_walk_end(&tdr);
	return status;
}

uint64_t seam_vp_addcx(struct seam_call *call)
{
	struct seam_walk tdvpr;
	uint64_t status;

	status = seam_lock_private(call, *seam_reg(call, SEAM_RDX), SEAM_RDX, SEAM_PT_TDVPR,
				   SEAM_EXCLUSIVE, &tdvpr);
	if (status)
		return status;
	status = add_page(call, tdvpr.page);
	seam_walk_end(&tdvpr);
	return status;
}
