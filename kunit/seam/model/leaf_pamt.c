// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.PHYMEM.PAMT.ADD and REMOVE: with Dynamic PAMT the host hands over a page pair before 4K pages
 * of a 2M region can be used (1.5.25, tdh_phymem_pamt_*.c).
 */
#include "internal.h"

/* RCX of both leaves: the address of a 2M region, with level 1 in its low bits. */
static uint64_t region_hpa(struct seam_call *call)
{
	return *seam_reg(call, SEAM_RCX) & ~0x7ULL;
}

static uint64_t check_region_form(struct seam_call *call)
{
	if ((*seam_reg(call, SEAM_RCX) & 0x7) != SEAM_2M)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	return seam_check_form(call->model, region_hpa(call), SEAM_REGION_SIZE, SEAM_RCX);
}

/* Locks the region and executes @work on it. The operand's form has been checked. */
static uint64_t with_region(struct seam_call *call,
			    uint64_t (*work)(struct seam_call *call, const struct seam_walk *walk))
{
	struct seam_tdmr *tdmr = seam_tdmr_of(call->model, region_hpa(call));
	struct seam_walk walk;
	uint64_t status;

	if (!tdmr)
		return SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX;
	if (!seam_walk(call, tdmr, region_hpa(call), SEAM_2M, SEAM_EXCLUSIVE, &walk))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = work(call, &walk);
	seam_walk_end(&walk);
	return status;
}

static uint64_t check_pair_page(struct seam_call *call, enum seam_register which)
{
	const uint64_t hpa = *seam_reg(call, which);
	const uint64_t status = seam_check_form(call->model, hpa, SEAM_PAGE_SIZE, which);

	if (status)
		return status;
	return seam_tdmr_of(call->model, hpa) ? SEAM_SUCCESS
					      : SEAM_OPERAND_ADDR_RANGE_ERROR | which;
}

/* The page must be free and not in the bitmap. Its bit is set, so that a second use is refused. */
static uint64_t claim_pair_page(struct seam_page *page, enum seam_register which)
{
	const bool used = __atomic_exchange_n(&page->in_bitmap, true, __ATOMIC_ACQ_REL);

	if (!used && page->entry.type == SEAM_PT_NDA)
		return SEAM_SUCCESS;
	if (!used)
		__atomic_store_n(&page->in_bitmap, false, __ATOMIC_RELEASE);
	return SEAM_PAGE_NOT_FREE | which;
}

/* @region, which gets the pair, is locked: a page inside it needs no other lock. */
static uint64_t take_pair_page(struct seam_call *call, const struct seam_region *region,
			       enum seam_register which)
{
	struct seam_model *model = call->model;
	const uint64_t hpa = *seam_reg(call, which);
	struct seam_tdmr *tdmr = seam_tdmr_of(model, hpa);
	struct seam_walk walk;
	uint64_t status;

	if (seam_region_of(model, hpa) == region)
		return claim_pair_page(seam_model_page(model, hpa), which);
	if (!seam_walk(call, tdmr, hpa, SEAM_4K, SEAM_SHARED, &walk))
		return SEAM_OPERAND_BUSY | which;
	status = claim_pair_page(seam_model_page(model, hpa), which);
	seam_walk_end(&walk);
	return status;
}

static uint64_t add_pair(struct seam_call *call, const struct seam_walk *walk)
{
	struct seam_model *model = call->model;
	struct seam_region *region = walk->region;
	struct seam_page *first = seam_model_page(model, *seam_reg(call, SEAM_RDX));
	uint64_t status;

	if (region->entry.type != SEAM_PT_NDA)
		return SEAM_HPA_RANGE_NOT_FREE | SEAM_RCX;
	status = take_pair_page(call, region, SEAM_RDX);
	if (status)
		return status;
	status = take_pair_page(call, region, SEAM_R8);
	if (status) {
		__atomic_store_n(&first->in_bitmap, false, __ATOMIC_RELEASE);
		return status;
	}
	region->pair[0] = *seam_reg(call, SEAM_RDX);
	region->pair[1] = *seam_reg(call, SEAM_R8);
	region->entry.type = SEAM_PT_PAMT;
	seam_begin_pamt_page(call, first);
	seam_begin_pamt_page(call, seam_model_page(model, region->pair[1]));
	return SEAM_SUCCESS;
}

uint64_t seam_phymem_pamt_add(struct seam_call *call)
{
	uint64_t status;

	if (!call->model->config.dynamic_pamt)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	status = check_region_form(call);
	status = status ? status : check_pair_page(call, SEAM_RDX);
	status = status ? status : check_pair_page(call, SEAM_R8);
	return status ? status : with_region(call, add_pair);
}

static void end_pair_page(struct seam_model *model, struct seam_page *page)
{
	seam_judge_content(model, page);
	page->pamt = false;
	page->in_bitmap = false;
}

static uint64_t remove_pair(struct seam_call *call, const struct seam_walk *walk)
{
	struct seam_region *region = walk->region;
	uint32_t half;

	if (region->entry.type != SEAM_PT_PAMT)
		return SEAM_NO_PAMT_PAGE_PAIR | SEAM_RCX;
	for (half = 0; half < 2; half++)
		if (!seam_is_half_unused(&call->model->memory, region, half))
			return SEAM_PAMT_PAGE_NOT_EMPTY | half;

	*seam_reg(call, SEAM_RDX) = region->pair[0];
	*seam_reg(call, SEAM_R8) = region->pair[1];
	for (half = 0; half < 2; half++)
		end_pair_page(call->model, seam_model_page(call->model, region->pair[half]));
	/* RDMD then decodes a remnant of the pair as the owner of the 2M leaf. */
	region->entry.owner = region->pair[0] << 4;
	region->entry.type = SEAM_PT_NDA;
	return SEAM_SUCCESS;
}

uint64_t seam_phymem_pamt_remove(struct seam_call *call)
{
	uint64_t status;

	if (!call->model->config.dynamic_pamt)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	status = check_region_form(call);
	return status ? status : with_region(call, remove_pair);
}
