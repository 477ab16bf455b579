// SPDX-License-Identifier: GPL-2.0
/* KeyIDs: sets of them, the lines they have in caches, and the engine that gives them keys. */
#include "internal.h"

void seam_keys_add(struct seam_keys *keys, uint32_t hkid)
{
	keys->bits[hkid / 64] |= 1ULL << (hkid % 64);
}

void seam_keys_remove(struct seam_keys *keys, uint32_t hkid)
{
	keys->bits[hkid / 64] &= ~(1ULL << (hkid % 64));
}

bool seam_keys_has(const struct seam_keys *keys, uint32_t hkid)
{
	return keys->bits[hkid / 64] >> (hkid % 64) & 1;
}

bool seam_keys_none(const struct seam_keys *keys)
{
	uint32_t i;

	for (i = 0; i < SEAM_MAX_KEYIDS / 64; i++)
		if (keys->bits[i])
			return false;
	return true;
}

void seam_model_caches_written_back(struct seam_model *model)
{
	struct seam_tdmr *tdmr;
	uint32_t i;

	for (tdmr = model->tdmrs; tdmr < model->tdmrs + SEAM_MAX_TDMRS; tdmr++)
		for (i = 0; i < tdmr->page_count; i++)
			tdmr->pages[i].dirty = (struct seam_keys){};
}

bool seam_model_is_dirty(struct seam_model *model, uint64_t hpa)
{
	const struct seam_page *page = seam_model_page(model, hpa);

	return page && !seam_keys_none(&page->dirty);
}

uint32_t seam_model_dirty_pages(const struct seam_model *model)
{
	const struct seam_tdmr *tdmr;
	uint32_t i, dirty = 0;

	for (tdmr = model->tdmrs; tdmr < model->tdmrs + SEAM_MAX_TDMRS; tdmr++)
		for (i = 0; i < tdmr->page_count; i++)
			dirty += !seam_keys_none(&tdmr->pages[i].dirty);
	return dirty;
}

uint32_t seam_all_packages(const struct seam_model *model)
{
	return (1U << model->config.packages) - 1;
}

uint64_t seam_program_key(const struct seam_model *model)
{
	switch ((enum seam_pconfig)model->config.pconfig) {
	case SEAM_PCONFIG_OK:
		return SEAM_SUCCESS;
	case SEAM_PCONFIG_NO_ENTROPY:
		return SEAM_KEY_GENERATION_FAILED;
	case SEAM_PCONFIG_BUSY:
		break;
	}
	return SEAM_OPERAND_BUSY | SEAM_OPERAND_KET;
}
