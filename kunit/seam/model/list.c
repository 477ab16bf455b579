// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a list of pages. Public sources do not say what a module does if one entry is bad, so the
 * model has both behaviours (config.page_by_page): it locks all pages first and takes none, as older
 * multi-page code does; or it takes one page after the other and stops at the bad one.
 */
#include "internal.h"

/* Iterates over 4K pages; an entry can have several. */
struct cursor {
	const struct seam_list *list;
	uint32_t entry;
	uint32_t page; /* within the entry */
};

static bool at_end(const struct cursor *cursor)
{
	return cursor->entry == cursor->list->to;
}

/* In lists with counts, an entry of more than one page has its count in the low bits. */
static uint32_t pages_of(const struct seam_list *list, uint32_t entry)
{
	const uint32_t count = list->with_counts ? list->entries[entry] & 0xFFF : 0;

	return count ? count : 1;
}

static uint64_t hpa_at(const struct cursor *cursor)
{
	const uint64_t entry = cursor->list->entries[cursor->entry];

	return (cursor->list->with_counts ? entry & ~0xFFFULL : entry) +
	       cursor->page * SEAM_PAGE_SIZE;
}

static void advance(struct cursor *cursor)
{
	if (++cursor->page < pages_of(cursor->list, cursor->entry))
		return;
	cursor->page = 0;
	cursor->entry++;
}

bool seam_read_array(const struct seam_model *model, uint64_t word, struct seam_array *array)
{
	array->page = word & SEAM_HPA_MASK;
	array->pages = (uint32_t)(word >> 55) + 1;
	array->entries = array->pages == 1 ? &array->page : seam_map_shared(model, array->page);
	return !(word & (0x7ULL << 52 | (SEAM_PAGE_SIZE - 1))) && array->entries;
}

/* Undoes seam_lock_private(), which locked the page exclusively. */
static void unlock_page(struct seam_model *model, uint64_t hpa)
{
	const struct seam_walk walk = seam_walk_again(model, hpa);

	seam_walk_end(&walk);
}

/*
 * Locks one page to be taken. Public sources do not say what the module does with a list that contains
 * its own page; this model refuses it, because it reads the list while it takes the pages.
 */
static uint64_t lock_page(struct seam_call *call, const struct cursor *cursor, uint32_t operand,
			  struct seam_walk *walk)
{
	const uint64_t hpa = hpa_at(cursor);

	if (call->model->ops->map(hpa) == cursor->list->entries)
		return SEAM_OPERAND_INVALID | operand;
	return seam_lock_private(call, hpa, operand, SEAM_PT_NDA, SEAM_EXCLUSIVE, walk);
}

/*
 * Locks all pages or none. A page that is listed twice is busy. If the list is refused for another reason, the pages before
 * the bad one have already been written: they have lines of the module's KeyID, like the page of a leaf for a TD that fails
 * late.
 */
static uint64_t lock_all(struct seam_call *call, const struct seam_list *list, uint32_t operand)
{
	struct cursor bad = {.list = list, .entry = list->from}, cursor = bad;
	struct seam_walk walk;
	uint64_t status;

	for (;; advance(&bad)) {
		if (at_end(&bad))
			return SEAM_SUCCESS;
		status = lock_page(call, &bad, operand, &walk);
		if (status)
			break;
	}
	for (; cursor.entry != bad.entry || cursor.page != bad.page; advance(&cursor)) {
		if ((status & ~0xFFFFFFFFULL) != SEAM_OPERAND_BUSY)
			seam_spoil_page(call, seam_model_page(call->model, hpa_at(&cursor)),
					call->model->config.global_keyid);
		unlock_page(call->model, hpa_at(&cursor));
	}
	return status;
}

/* Takes one page, which is locked, and links it after @previous. */
static void take(struct seam_call *call, struct seam_page *page, struct seam_page *previous,
		 uint64_t owner, struct seam_taken_list *taken)
{
	struct seam_model *model = call->model;

	seam_take_page(call, page, SEAM_PT_OBJECT, owner, model->config.global_keyid);
	if (previous)
		previous->next = seam_index_of(model, page);
	else
		taken->first = seam_index_of(model, page);
	taken->done++;
}

uint64_t seam_take_list(struct seam_call *call, const struct seam_list *list, uint32_t operand,
			uint64_t owner, struct seam_taken_list *taken)
{
	const bool page_by_page = call->model->config.page_by_page;
	struct cursor cursor = {.list = list, .entry = list->from};
	struct seam_page *page, *previous = NULL;
	struct seam_walk walk;
	uint64_t status;

	*taken = (struct seam_taken_list){};
	if (!page_by_page) {
		status = lock_all(call, list, operand);
		if (status)
			return status;
	}
	for (; !at_end(&cursor); advance(&cursor)) {
		if (page_by_page) {
			status = lock_page(call, &cursor, operand, &walk);
			if (status)
				return status;
		}
		page = seam_model_page(call->model, hpa_at(&cursor));
		take(call, page, previous, owner, taken);
		previous = page;
		unlock_page(call->model, hpa_at(&cursor));
	}
	return SEAM_SUCCESS;
}
