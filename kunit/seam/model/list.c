// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a list of pages. Public sources do not tell what a module does when one entry is bad, so
 * both answers are there (config.page_by_page): the older multi-page code locks all pages first and
 * changes nothing; the other takes page after page and stops.
 */
#include "internal.h"

/* Checks one entry; a page that this very call holds already is busy. */
static uint64_t check_entry(struct seam_model *model, uint64_t entry, uint32_t operand,
			    struct seam_page **page)
{
	const uint64_t status = seam_check_private(model, entry, operand, page);

	if (status)
		return status;
	if ((*page)->locked)
		return SEAM_OPERAND_BUSY | operand;
	if ((*page)->type != SEAM_PT_NDA)
		return SEAM_PAGE_METADATA_INCORRECT | operand;
	return SEAM_SUCCESS;
}

static uint64_t lock_all(struct seam_model *model, const uint64_t *entries, uint32_t from,
			 uint32_t to, uint32_t operand)
{
	uint64_t status = SEAM_SUCCESS;
	struct seam_page *page;
	uint32_t i;

	for (i = from; i < to; i++) {
		status = check_entry(model, entries[i], operand, &page);
		if (status)
			break;
		page->locked = true;
	}
	while (i-- > from)
		seam_page_at(model, entries[i])->locked = false;
	return status;
}

uint64_t seam_take_list(struct seam_model *model, const uint64_t *entries, uint32_t from,
			uint32_t to, uint32_t operand, uint64_t owner,
			struct seam_taken_list *taken)
{
	struct seam_page *page, *previous = NULL;
	uint64_t status;
	uint32_t i;

	*taken = (struct seam_taken_list){.first = SEAM_NO_PAGE};
	if (!model->config.page_by_page) {
		status = lock_all(model, entries, from, to, operand);
		if (status)
			return status;
	}
	for (i = from; i < to; i++) {
		status = check_entry(model, entries[i], operand, &page);
		if (status)
			return status;
		seam_take_page(model, page, owner);
		if (previous)
			previous->next = (uint32_t)(page - model->pages);
		else
			taken->first = (uint32_t)(page - model->pages);
		previous = page;
		taken->done++;
	}
	return SEAM_SUCCESS;
}
