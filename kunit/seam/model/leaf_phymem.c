// SPDX-License-Identifier: GPL-2.0
/* TDH.PHYMEM.PAGE.RDMD, WBINVD and RECLAIM (1.5.25, tdh_phymem_page_*.c). */
#include "internal.h"

/* RDMD, RCX: the entry is not a leaf; it refers to a page pair. */
#define NON_LEAF (1ULL << 63)
/* RECLAIM, R9: no page of the 2M region is used any more, its page pair can be removed. */
#define REMOVAL_HINT (1ULL << 62)

static const uint64_t level_size[] = {
	[SEAM_4K] = SEAM_PAGE_SIZE,
	[SEAM_2M] = SEAM_REGION_SIZE,
	[SEAM_1G] = SEAM_GIGA_SIZE,
};

static void describe(struct seam_call *call, const struct seam_walk *walk, uint64_t hpa,
		     enum seam_level wanted)
{
	const bool dynamic = call->model->config.dynamic_pamt;

	if (dynamic && wanted == SEAM_4K && seam_model_page(call->model, hpa)->in_bitmap) {
		*seam_reg(call, SEAM_RCX) = SEAM_PT_PAMT;
		return;
	}
	*seam_reg(call, SEAM_R8) = walk->level;
	if (dynamic && walk->level == SEAM_2M && walk->leaf->type == SEAM_PT_PAMT) {
		*seam_reg(call, SEAM_RCX) = SEAM_PT_PAMT | NON_LEAF;
		*seam_reg(call, SEAM_R10) = walk->region->pair[0];
		*seam_reg(call, SEAM_R11) = walk->region->pair[1];
		return;
	}
	*seam_reg(call, SEAM_RCX) = walk->leaf->type;
	*seam_reg(call, SEAM_RDX) = walk->leaf->owner;
	if (walk->leaf->type == SEAM_PT_REG || walk->leaf->type == SEAM_PT_EPT)
		*seam_reg(call, SEAM_R9) = walk->leaf->epoch;
}

uint64_t seam_phymem_page_rdmd(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t operand = *seam_reg(call, SEAM_RCX);
	const uint64_t level = operand & 0x7;
	const uint64_t hpa = operand & ~0x7ULL;
	struct seam_tdmr *tdmr;
	struct seam_walk walk;
	uint64_t status;

	seam_zero_outputs(call);
	if (level > SEAM_1G || (level > SEAM_4K && !model->config.dynamic_pamt))
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	status = seam_check_form(model, hpa, level_size[level], SEAM_RCX);
	if (status)
		return status;
	tdmr = seam_tdmr_of(model, hpa);
	if (!tdmr)
		return SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX;
	if (!seam_walk(call, tdmr, hpa, (enum seam_level)level, SEAM_SHARED, &walk))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	describe(call, &walk, hpa, (enum seam_level)level);
	seam_walk_end(&walk);
	return SEAM_SUCCESS;
}

uint64_t seam_phymem_page_wbinvd(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const struct seam_config *config = &model->config;
	const uint64_t operand = *seam_reg(call, SEAM_RCX);
	const uint64_t hpa = operand & ~seam_hkid_mask(model);
	const uint32_t hkid = (uint32_t)((operand & seam_hkid_mask(model)) >> config->address_bits);
	struct seam_page *page;
	struct seam_walk walk;
	uint64_t status;

	status = seam_lock_private_any_size(call, hpa, SEAM_RCX, SEAM_PT_NDA, SEAM_SHARED, &walk);
	if (status)
		return status;
	/* Any KeyID is accepted, and a wrong one has no effect: only the judge notices it. */
	page = seam_model_page(model, hpa);
	if (hkid <= config->shared_keyids)
		seam_judge_report(model, SEAM_SHARED_KEYID, SEAM_PHYMEM_PAGE_WBINVD, hpa);
	else if (!seam_keys_none(&page->dirty) && !seam_keys_has(&page->dirty, hkid))
		seam_judge_report(model, SEAM_WRONG_KEYID, SEAM_PHYMEM_PAGE_WBINVD, hpa);
	if (!seam_keys_none(&page->dirty))
		seam_history(model, SEAM_EVENT_WRITTEN_BACK, SEAM_PHYMEM_PAGE_WBINVD, hpa, hkid);
	seam_make_clean(page, hkid);
	seam_walk_end(&walk);
	return SEAM_SUCCESS;
}

/* Gives the leaf back to the host. The content of a large leaf is not modelled. */
static void give_back(struct seam_call *call, const struct seam_walk *walk)
{
	if (walk->leaf->type == SEAM_PT_TDVPR)
		seam_forget_vcpu(call->model, walk->page);
	if (walk->page)
		seam_give_page_back(call->model, walk->page);
	else
		walk->leaf->type = SEAM_PT_NDA;
	if (call->model->config.dynamic_pamt && walk->page &&
	    seam_is_half_unused(&call->model->memory, walk->region, 0) &&
	    seam_is_half_unused(&call->model->memory, walk->region, 1))
		*seam_reg(call, SEAM_R9) = REMOVAL_HINT;
}

static uint64_t reclaim_tdr(struct seam_call *call, const struct seam_walk *walk)
{
	struct seam_td *td = &call->model->tds[walk->page->td];

	if (td->lifecycle != SEAM_TEARDOWN)
		return SEAM_LIFECYCLE_STATE_INCORRECT;
	if (td->children)
		return SEAM_TD_ASSOCIATED_PAGES_EXIST;
	give_back(call, walk);
	__atomic_store_n(&td->live, false, __ATOMIC_RELEASE);
	return SEAM_SUCCESS;
}

static uint64_t reclaim_child(struct seam_call *call, const struct seam_walk *walk)
{
	struct seam_page *tdr = seam_lock_implicit(call, walk->leaf->owner, SEAM_SHARED);
	struct seam_td *td;
	uint64_t status = SEAM_SUCCESS;

	if (!tdr)
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_TDR;
	td = &call->model->tds[tdr->td];
	if (td->lifecycle != SEAM_TEARDOWN) {
		status = SEAM_LIFECYCLE_STATE_INCORRECT;
	} else {
		__atomic_fetch_sub(&td->children, walk->level == SEAM_4K ? 1 : SEAM_REGION_PAGES,
				   __ATOMIC_RELAXED);
		give_back(call, walk);
	}
	seam_unlock(&tdr->entry.lock, SEAM_SHARED);
	return status;
}

static uint64_t reclaim(struct seam_call *call, const struct seam_walk *walk, uint64_t hpa)
{
	switch (walk->leaf->type) {
	case SEAM_PT_NDA:
	case SEAM_PT_RSVD:
	case SEAM_PT_OBJECT: /* released by the leaf that deletes the object */
		return SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX;
	}
	/* From here on the outputs are written even if the call fails. */
	*seam_reg(call, SEAM_RCX) = walk->leaf->type;
	*seam_reg(call, SEAM_RDX) = walk->leaf->owner;
	*seam_reg(call, SEAM_R8) = walk->level;
	if (hpa & (level_size[walk->level] - 1))
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	return walk->leaf->type == SEAM_PT_TDR ? reclaim_tdr(call, walk)
					       : reclaim_child(call, walk);
}

uint64_t seam_phymem_page_reclaim(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t hpa = *seam_reg(call, SEAM_RCX);
	struct seam_tdmr *tdmr;
	struct seam_walk walk;
	uint64_t status;

	seam_zero_outputs(call);
	status = seam_check_form(model, hpa, SEAM_PAGE_SIZE, SEAM_RCX);
	if (status)
		return status;
	tdmr = seam_tdmr_of(model, hpa);
	if (!tdmr)
		return SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX;
	if (!seam_walk(call, tdmr, hpa, SEAM_4K, SEAM_EXCLUSIVE, &walk))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = reclaim(call, &walk, hpa);
	seam_walk_end(&walk);
	return status;
}
