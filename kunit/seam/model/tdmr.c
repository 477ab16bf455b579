// SPDX-License-Identifier: GPL-2.0
/*
 * TDMRs, and the memory of their PAMT: private with the global KeyID, and written whenever a leaf
 * locks an entry.
 */
#include "internal.h"

/* The size of the memory that an entry of a level describes. */
static const uint64_t level_size[] = {
	[SEAM_4K] = SEAM_PAGE_SIZE,
	[SEAM_2M] = SEAM_REGION_SIZE,
	[SEAM_1G] = SEAM_GIGA_SIZE,
};

/* SYS.TDMR.INIT makes a TDMR usable one gigabyte at a time. */
static bool is_usable(const struct seam_tdmr *tdmr, uint64_t offset)
{
	return tdmr->initialised == tdmr->range.size ||
	       offset < tdmr->initialised / SEAM_GIGA_SIZE * SEAM_GIGA_SIZE;
}

struct seam_tdmr *seam_tdmr_of(struct seam_model *model, uint64_t hpa)
{
	struct seam_tdmr *tdmr;

	seam_for_first(tdmr, model->tdmrs, model->tdmr_count) {
		if (hpa < tdmr->range.base || hpa - tdmr->range.base >= tdmr->range.size)
			continue;
		return is_usable(tdmr, hpa - tdmr->range.base) && seam_model_page(model, hpa)
			       ? tdmr
			       : NULL;
	}
	return NULL;
}

bool seam_model_add_tdmr(struct seam_model *model, uint64_t base, uint64_t size)
{
	const struct seam_tdmr tdmr = {.range = {base, size}, .initialised = size};
	uint32_t i, place = 0;

	if (model->tdmr_count == SEAM_MAX_TDMRS || !seam_is_in_tables(model, &tdmr.range))
		return false;
	for (i = 0; i < model->tdmr_count; i++) {
		if (seam_ranges_overlap(&model->tdmrs[i].range, &tdmr.range))
			return false;
		place += model->tdmrs[i].range.base < base;
	}
	for (i = model->tdmr_count++; i > place; i--)
		model->tdmrs[i] = model->tdmrs[i - 1];
	model->tdmrs[place] = tdmr;
	return true;
}

uint64_t seam_pamt_bytes(const struct seam_model *model, enum seam_level level, uint64_t size)
{
	/* Dynamic PAMT has a bitmap instead of 4K entries. */
	if (level == SEAM_4K && model->config.dynamic_pamt)
		return size / SEAM_PAGE_SIZE / 8;
	return size / level_size[level] * SEAM_PAMT_ENTRY_SIZE;
}

/* Records that the module writes to a page of PAMT memory. */
static void write_pamt_page(struct seam_call *call, uint64_t hpa)
{
	struct seam_model *model = call->model;
	struct seam_page *page = seam_model_page(model, hpa);

	if (__atomic_load_n(&page->pamt, __ATOMIC_RELAXED))
		seam_make_dirty(call, page, model->config.global_keyid);
	else
		seam_begin_pamt_page(call, page);
}

void seam_begin_pamt_page(struct seam_call *call, struct seam_page *page)
{
	seam_spoil_page(call, page, call->model->config.global_keyid);
	__atomic_store_n(&page->pamt, true, __ATOMIC_RELEASE);
}

void seam_write_pamt(struct seam_call *call, const struct seam_tdmr *tdmr, enum seam_level level,
		     const struct seam_range *about)
{
	struct seam_model *model = call->model;
	const uint64_t offset = about->base - tdmr->range.base;
	const uint64_t first = seam_pamt_bytes(model, level, offset);
	/* The last byte that is written: in a bitmap one byte describes several pages. */
	const uint64_t last = seam_pamt_bytes(model, level, offset + about->size - 1);
	uint64_t at;

	seam_hold_private_lines(call);
	if (!tdmr->pamt[level].size)
		return;
	for (at = first & ~(SEAM_PAGE_SIZE - 1); at <= last; at += SEAM_PAGE_SIZE)
		write_pamt_page(call, tdmr->pamt[level].base + at);
}
