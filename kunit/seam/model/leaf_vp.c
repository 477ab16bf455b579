// SPDX-License-Identifier: GPL-2.0
/* TDH.MNG.INIT, VP.CREATE and VP.ADDCX: an initialised TD, and the pages of its virtual processors. */
#include "internal.h"

#define MINIMUM_CONTROL_PAGES 6
#define MAX_VCPU_PAGES	      15
#define TD_PARAMS_ALIGN	      1024

uint64_t seam_check_built(const struct seam_td *td)
{
	if (td->fatal)
		return SEAM_TD_FATAL;
	if (td->lifecycle != SEAM_KEYS_CONFIGURED)
		return SEAM_TD_KEYS_NOT_CONFIGURED;
	return td->control_pages < MINIMUM_CONTROL_PAGES ? SEAM_TDCS_NOT_ALLOCATED : SEAM_SUCCESS;
}

uint64_t seam_check_td(const struct seam_td *td, uint32_t allowed)
{
	const uint64_t status = seam_check_built(td);

	if (status)
		return status;
	return allowed >> td->op_state & 1 ? SEAM_SUCCESS : SEAM_OP_STATE_INCORRECT | td->op_state;
}

/* Checks a copy: the host may write to the original meanwhile. */
static uint64_t read_params(struct seam_call *call, struct seam_td_params *params)
{
	const struct seam_model *model = call->model;
	const uint64_t hpa = *seam_reg(call, SEAM_RDX);
	const void *from = seam_map_shared_aligned(model, hpa, TD_PARAMS_ALIGN);

	if (!from)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	return seam_read_td_params(from, params, &call->outputs[0]);
}

static uint64_t initialise(struct seam_call *call, struct seam_td *td)
{
	struct seam_td_params params;
	uint64_t status = seam_check_td(td, 1U << SEAM_TD_UNINITIALIZED);

	status = status ? status : read_params(call, &params);
	if (status)
		return status;
	td->params = params;
	td->epoch = 1;
	td->op_state = SEAM_TD_INITIALIZED;
	return SEAM_SUCCESS;
}

/* RCX returns the CPUID leaf that is refused. */
uint64_t seam_mng_init(struct seam_call *call)
{
	const uint64_t status = seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, initialise);

	*seam_reg(call, SEAM_RCX) = call->outputs[0];
	return status;
}

/* Takes the page in RCX for a virtual processor of the TD whose TDR is at @tdr. */
static uint64_t take_page(struct seam_call *call, struct seam_td *td, uint64_t tdr,
			  enum seam_page_type type, uint32_t vcpu)
{
	struct seam_walk page;
	const uint64_t status = seam_lock_private(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
						  SEAM_PT_NDA, SEAM_EXCLUSIVE, &page);

	if (status)
		return status;
	seam_take_page(call, page.page, type, tdr, td->hkid);
	page.page->vcpu = (uint16_t)vcpu;
	__atomic_fetch_add(&td->children, 1, __ATOMIC_RELAXED);
	seam_walk_end(&page);
	return SEAM_SUCCESS;
}

/* A free row of the table of virtual processors, or NULL. The real module has no such table. */
static struct seam_vcpu *claim_vcpu(struct seam_model *model, const struct seam_td *td)
{
	const unsigned long flags = model->ops->lock_books();
	struct seam_vcpu *vcpu, *claimed = NULL;

	seam_for_each(vcpu, model->vcpus) {
		if (__atomic_load_n(&vcpu->live, __ATOMIC_ACQUIRE))
			continue;
		*vcpu = (struct seam_vcpu){.live = true, .td = (uint16_t)(td - model->tds)};
		claimed = vcpu;
		break;
	}
	model->ops->unlock_books(flags);
	return claimed;
}

void seam_forget_vcpu(struct seam_model *model, const struct seam_page *tdvpr)
{
	__atomic_store_n(&model->vcpus[tdvpr->vcpu].live, false, __ATOMIC_RELEASE);
}

static uint64_t create_vcpu(struct seam_call *call, struct seam_td *td)
{
	struct seam_model *model = call->model;
	uint64_t status = seam_check_td(td, SEAM_WHILE_INITIALIZED);
	struct seam_vcpu *vcpu;

	if (status)
		return status;
	vcpu = claim_vcpu(model, td);
	if (!vcpu)
		return SEAM_RND_NO_ENTROPY;
	status = take_page(call, td, *seam_reg(call, SEAM_RDX), SEAM_PT_TDVPR,
			   (uint32_t)(vcpu - model->vcpus));
	if (status)
		__atomic_store_n(&vcpu->live, false, __ATOMIC_RELEASE);
	return status;
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
	uint64_t status;

	if (!tdr)
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_TDR;
	status = work(call, &(struct seam_vcpu_of_td){
				    .td = &call->model->tds[tdr->td],
				    .tdvpr = tdvpr,
				    .vcpu = &call->model->vcpus[tdvpr->vcpu],
			    });
	seam_unlock(&tdr->entry.lock, mode);
	return status;
}

uint64_t seam_with_vcpu(struct seam_call *call, uint64_t hpa, enum seam_register which,
			struct seam_vcpu_locks locks, seam_vcpu_fn *work)
{
	struct seam_walk tdvpr;
	uint64_t status;

	status = seam_lock_private(call, hpa, which, SEAM_PT_TDVPR, locks.tdvpr, &tdvpr);
	if (status)
		return status;
	status = with_owner(call, tdvpr.page, locks.tdr, work);
	seam_walk_end(&tdvpr);
	return status;
}

static uint64_t add_page(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	struct seam_vcpu *vcpu = of->vcpu;
	uint64_t status = seam_check_td(of->td, SEAM_WHILE_INITIALIZED);

	if (!status && vcpu->state)
		status = SEAM_VCPU_STATE_INCORRECT | vcpu->state;
	if (!status && vcpu->control_pages >= MAX_VCPU_PAGES)
		status = SEAM_TDCX_NUM_INCORRECT;
	status = status ? status : take_page(call, of->td, of->tdvpr->entry.owner, SEAM_PT_TDCX, 0);
	if (!status)
		vcpu->control_pages++;
	return status;
}

uint64_t seam_vp_addcx(struct seam_call *call)
{
	return seam_with_vcpu(call, *seam_reg(call, SEAM_RDX), SEAM_RDX,
			      (struct seam_vcpu_locks){SEAM_EXCLUSIVE, SEAM_SHARED}, add_page);
}
