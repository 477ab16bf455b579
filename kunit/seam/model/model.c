// SPDX-License-Identifier: GPL-2.0
/* The model as a whole: its beginning, and the way back there. */
#include "internal.h"

void seam_model_init(struct seam_model *model, const struct seam_ops *ops, uint32_t address_bits)
{
	memset(model, 0, sizeof(*model));
	model->ops = ops;
	model->config.address_bits = address_bits;
	seam_model_reset(model);
}

bool seam_model_add_tdmr(struct seam_model *model, const struct seam_tdmr *tdmr)
{
	uint32_t i;

	for (i = 0; i < SEAM_MAX_TDMRS; i++) {
		if (model->tdmrs[i].page_count)
			continue;
		model->tdmrs[i] = *tdmr;
		return true;
	}
	return false;
}

void seam_model_reset(struct seam_model *model)
{
	model->config = (struct seam_config){
		.features0 = SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT | SEAM_FEATURE_QUOTE,
		.enabled_features = ~0ULL,
		.address_bits = model->config.address_bits,
		.keyid_bits = 6,
		.shared_keyids = 31,
		.global_keyid = 32,
		.packages = 1,
		.cache_blocks = 4,
		.sys_state = SEAM_SYS_READY,
		.ext_pool_pages = 12800,
		.spdm_pages = 16,
		.ide_pages = 1,
		.iommu_pages = 4,
		.messages = 2,
		.output_bytes = 6000,
		.quote_bytes = 5000,
		.module_loaded = 1,
		.vmx_on = 1,
		.seamrr_on = 1,
	};
	memset(model->keys, 0, sizeof(model->keys));
	model->keys[model->config.global_keyid].state = SEAM_KEY_RESERVED;
	memset(model->write_back, 0, sizeof(model->write_back));
	memset(model->lp_not_initialised, 0, sizeof(model->lp_not_initialised));
	model->packages_with_global_key = 0;
	model->ext_pages_given = 0;
	model->ext_initialised = false;
	model->ext_resume = 0;
	model->quote_initialised = false;
	memset(model->objects, 0, sizeof(model->objects));
	memset(model->resumes, 0, sizeof(model->resumes));
	memset(model->injections, 0, sizeof(model->injections));
	memset(model->calls, 0, sizeof(model->calls));
	memset(model->last, 0, sizeof(model->last));
	model->call_count = 0;
	model->finding_count = 0;
	model->event_count = 0;
}

void seam_model_power_cycle(struct seam_model *model)
{
	struct seam_tdmr *tdmr;
	struct seam_page *page;

	for (tdmr = model->tdmrs; tdmr < model->tdmrs + SEAM_MAX_TDMRS; tdmr++) {
		for (page = tdmr->pages; page < tdmr->pages + tdmr->page_count; page++) {
			page->entry.type = SEAM_PT_NDA;
			page->dirty = (struct seam_keys){};
			page->unconverted = 0;
			page->next = SEAM_NO_PAGE;
		}
	}
	memset(model->tds, 0, sizeof(model->tds));
	seam_model_reset(model);
}
