// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a list of pages. Public sources do not tell what a module does when one entry is bad, so
 * both answers are there (config.page_by_page): the older multi-page code locks all pages first and
 * changes nothing; the other takes page after page and stops.
 */
#include "internal.h"

/* Undoes the walk of seam_lock_private(); it locked the page exclusively. */
static void unlock_page(struct seam_model *model, uint64_t hpa)
{
	struct seam_tdmr *tdmr = seam_tdmr_of(model, hpa);
	const uint64_t index = (hpa - tdmr->base) >> SEAM_PAGE_SHIFT;
	const struct seam_walk walk = {
		.tdmr = tdmr,
		.giga = &tdmr->gigas[index / SEAM_REGION_PAGES / 512],
		.region = &tdmr->regions[index / SEAM_REGION_PAGES],
		.page = &tdmr->pages[index],
		.mode = SEAM_EXCLUSIVE,
	};

	seam_walk_end(&walk);
}

/* Locks entries [from, to), all or none. A page that stands in the list twice is busy. */
static uint64_t lock_all(struct seam_call *call, const uint64_t *entries, uint32_t from,
			 uint32_t to, uint32_t operand)
{
	struct seam_walk walk;
	uint64_t status = SEAM_SUCCESS;
	uint32_t i;

	for (i = from; i < to && !status; i++)
		status = seam_lock_private(call, entries[i], operand, SEAM_PT_NDA, SEAM_EXCLUSIVE,
					   &walk);
	if (!status)
		return SEAM_SUCCESS;
	for (to = i - 1, i = from; i < to; i++)
		unlock_page(call->model, entries[i]);
	return status;
}

/* Takes one page, which is locked, and links it behind @previous. */
static void take(struct seam_call *call, struct seam_page *page, struct seam_page *previous,
		 uint64_t owner, struct seam_taken_list *taken)
{
	struct seam_model *model = call->model;

	seam_take_page(model, page, SEAM_PT_OBJECT, owner, model->config.global_keyid);
	if (previous)
		previous->next = seam_index_of(model, page);
	else
		taken->first = seam_index_of(model, page);
	taken->done++;
}

static uint64_t take_page_by_page(struct seam_call *call, const uint64_t *entries, uint32_t from,
				  uint32_t to, uint32_t operand, uint64_t owner,
				  struct seam_taken_list *taken)
{
	struct seam_page *previous = NULL;
	struct seam_walk walk;
	uint64_t status;
	uint32_t i;

	for (i = from; i < to; i++) {
		status = seam_lock_private(call, entries[i], operand, SEAM_PT_NDA, SEAM_EXCLUSIVE,
					   &walk);
		if (status)
			return status;
		take(call, walk.page, previous, owner, taken);
		previous = walk.page;
		seam_walk_end(&walk);
	}
	return SEAM_SUCCESS;
}

uint64_t seam_take_list(struct seam_call *call, const uint64_t *entries, uint32_t from, uint32_t to,
			uint32_t operand, uint64_t owner, struct seam_taken_list *taken)
{
	struct seam_model *model = call->model;
	struct seam_page *page, *previous = NULL;
	uint64_t status;
	uint32_t i;

	*taken = (struct seam_taken_list){.first = SEAM_NO_PAGE};
	if (model->config.page_by_page)
		return take_page_by_page(call, entries, from, to, operand, owner, taken);

	status = lock_all(call, entries, from, to, operand);
	if (status)
		return status;
	for (i = from; i < to; i++) {
		page = seam_model_page(model, entries[i]);
		take(call, page, previous, owner, taken);
		previous = page;
		unlock_page(model, entries[i]);
	}
	return SEAM_SUCCESS;
}
