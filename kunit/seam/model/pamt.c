// SPDX-License-Identifier: GPL-2.0
/*
 * The PAMT: whose each page is, and the checks that page operands go through, in the order of the
 * real module.
 */
#include "internal.h"

uint32_t seam_global_keyid(const struct seam_model *model)
{
	return model->config.shared_keyids + 1;
}

uint64_t seam_hkid_mask(const struct seam_model *model)
{
	return ((1ULL << model->config.keyid_bits) - 1) << model->config.address_bits;
}

struct seam_page *seam_page_at(struct seam_model *model, uint64_t hpa)
{
	const uint64_t index = hpa >> SEAM_PAGE_SHIFT;

	return index < model->page_count ? &model->pages[index] : NULL;
}

uint64_t seam_hpa_of(const struct seam_model *model, const struct seam_page *page)
{
	return (uint64_t)(page - model->pages) << SEAM_PAGE_SHIFT;
}

/*
 * The form of a private page operand and its place in the TDMR; the caller goes on with lock and
 * type.
 */
uint64_t seam_check_private(struct seam_model *model, uint64_t hpa, uint32_t operand,
			    struct seam_page **page)
{
	if (hpa & (SEAM_PAGE_SIZE - 1))
		return SEAM_OPERAND_INVALID | operand;
	if (hpa & seam_hkid_mask(model))
		return SEAM_OPERAND_INVALID | operand;
	if (hpa >> 52)
		return SEAM_OPERAND_INVALID | operand;
	*page = seam_page_at(model, hpa);
	if (!*page)
		return SEAM_OPERAND_ADDR_RANGE_ERROR | operand;
	return SEAM_SUCCESS;
}

/*
 * Shared operands are not looked up at all: a private page passes when it is addressed without a
 * KeyID.
 */
uint64_t seam_check_shared(const struct seam_model *model, uint64_t hpa, uint32_t operand)
{
	if (hpa & (SEAM_PAGE_SIZE - 1) || hpa >> 52)
		return SEAM_OPERAND_INVALID | operand;
	if ((hpa & seam_hkid_mask(model)) >> model->config.address_bits >
	    model->config.shared_keyids)
		return SEAM_OPERAND_INVALID | operand;
	return SEAM_SUCCESS;
}

/*
 * NDA -> the module's: what was in the page is gone, and lines of the module's KeyID are dirty from
 * now on.
 */
void seam_take_page(struct seam_model *model, struct seam_page *page, uint64_t owner)
{
	page->type = SEAM_PT_OBJECT;
	page->owner = owner;
	page->next = SEAM_NO_PAGE;
	page->dirty |= 1ULL << seam_global_keyid(model);
	seam_scramble(model, page);
}

/*
 * The module's -> NDA. Neither zeroed nor flushed; the owner field stays behind, as in the real
 * PAMT.
 */
void seam_give_page_back(struct seam_model *model, struct seam_page *page)
{
	if (!seam_scramble_intact(model, page))
		seam_judge_report(model, SEAM_HOST_WROTE, 0, seam_hpa_of(model, page));
	page->type = SEAM_PT_NDA;
	page->next = SEAM_NO_PAGE;
}
