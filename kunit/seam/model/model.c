// SPDX-License-Identifier: GPL-2.0
/* The model as a whole: initialisation, reset, power-on and power cycle. */
#include "internal.h"

void seam_model_init(struct seam_model *model, const struct seam_ops *ops,
		     const struct seam_memory *memory, uint32_t address_bits)
{
	memset(model, 0, sizeof(*model));
	model->ops = ops;
	model->memory = *memory;
	model->initialised_lps = ~0U;
	model->config = (struct seam_config){
		.major_version = 1,
		.minor_version = 5,
		.update_version = 25,
		.address_bits = address_bits,
		.keyid_bits = 6,
		.shared_keyids = 31,
		.global_keyid = 32,
		.packages = 1,
		.lps = 1,
		.sys_state = SEAM_SYS_READY,
	};
	seam_model_reset(model);
}

static bool has_initialised_tdmr(const struct seam_model *model)
{
	const struct seam_tdmr *tdmr;

	seam_for_first(tdmr, model->tdmrs, model->tdmr_count)
		if (tdmr->initialised)
			return true;
	return false;
}

/* Drops the module's objects; the pages of their metadata stay as they are. */
static void forget_objects(struct seam_model *model)
{
	memset(model->keys, 0, sizeof(model->keys));
	model->keys[model->config.global_keyid].state = SEAM_KEY_RESERVED;
	memset(model->write_back, 0, sizeof(model->write_back));
	model->ext_pages_given = 0;
	model->ext_initialised = false;
	model->ext_resume = 0;
	model->quote_initialised = false;
	memset(model->objects, 0, sizeof(model->objects));
	memset(model->resumes, 0, sizeof(model->resumes));
}

static void forget_books(struct seam_model *model)
{
	memset(model->injections, 0, sizeof(model->injections));
	memset(model->calls, 0, sizeof(model->calls));
	memset(model->last, 0, sizeof(model->last));
	model->call_count = 0;
	model->finding_count = 0;
	model->host_reads = 0;
	model->host_flushes = 0;
	model->event_count = 0;
}

void seam_forget_configuration(struct seam_model *model)
{
	forget_objects(model);
	memset(model->tds, 0, sizeof(model->tds));
	memset(model->vcpus, 0, sizeof(model->vcpus));
	model->tdmr_count = 0;
	model->initialised_lps = 0;
	model->installed_lps = 0;
	model->handed_over = false;
	model->packages_with_global_key = 0;
	model->disabling = false;
	model->disable_steps = 0;
	model->config.sys_state = SEAM_SYSINIT_PENDING;
	model->config.enabled_features = 0;
	model->config.dynamic_pamt = 0;
}

void seam_take_over(struct seam_model *model)
{
	model->handed_over = false;
	model->config.sys_state = SEAM_SYS_READY;
	model->ext_initialised = false;
	model->ext_resume = 0;
	if (model->config.more_memory)
		model->ext_pages_given = 0;
	memset(model->resumes, 0, sizeof(model->resumes));
}

bool seam_model_update(struct seam_model *model)
{
	const struct seam_config *config = &model->config;
	const struct seam_version next = {config->major_version, config->minor_version,
					  config->update_version + 1};
	const uint32_t initialised = model->initialised_lps;
	uint32_t lp;

	for (lp = 0; lp < config->lps; lp++)
		if (!seam_model_install(model, lp, &next))
			return false;
	model->initialised_lps = initialised;
	seam_take_over(model);
	return true;
}

void seam_model_reset(struct seam_model *model)
{
	const struct seam_config before = model->config;

	model->config = (struct seam_config){
		.features0 = SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT | SEAM_FEATURE_QUOTE |
			     SEAM_FEATURE_NO_RBP_MOD | SEAM_FEATURE_TOPOLOGY_ENUM,
		.enabled_features = ~0ULL,
		.major_version = before.major_version,
		.minor_version = before.minor_version,
		.update_version = before.update_version,
		.address_bits = before.address_bits,
		.keyid_bits = before.keyid_bits,
		.shared_keyids = before.shared_keyids,
		.global_keyid = before.global_keyid,
		.packages = before.packages,
		.lps = before.lps,
		.cache_blocks = 4,
		.sys_disable = 1,
		.dynamic_pamt = before.dynamic_pamt,
		.sys_state = has_initialised_tdmr(model) ? SEAM_SYS_READY : before.sys_state,
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
		.partial_write_erratum = before.partial_write_erratum,
	};
	model->disabling = false;
	model->disable_steps = 0;
	forget_objects(model);
	forget_books(model);
}

uint32_t seam_model_owned_pages(const struct seam_model *model)
{
	const struct seam_memory *memory = &model->memory;
	const struct seam_page *page;
	uint32_t owned = 0;

	seam_for_first(page, memory->pages, memory->page_count)
		owned += page->entry.type != SEAM_PT_NDA && page->entry.type != SEAM_PT_RSVD;
	return owned;
}

uint32_t seam_model_held_pages(const struct seam_model *model)
{
	const struct seam_page *page;
	uint32_t held = 0;

	for (page = seam_next_written(model, NULL); page; page = seam_next_written(model, page))
		held += page->held;
	return held;
}

void seam_model_power_on(struct seam_model *model)
{
	const struct seam_memory *memory = &model->memory;

	memset(memory->pages, 0, memory->page_count * sizeof(*memory->pages));
	memset(memory->regions, 0, seam_region_count(memory) * sizeof(*memory->regions));
	memset(memory->gigas, 0, seam_giga_count(memory) * sizeof(*memory->gigas));
	model->lps_with_private_lines = 0;
	model->lps_off_with_lines = 0;
	seam_forget_configuration(model);
	seam_model_reset(model);
	/* No feature is enabled yet. */
	model->config.enabled_features = 0;
}

static bool is_configured(const struct seam_page *page)
{
	return page->pamt || page->in_bitmap || page->entry.type == SEAM_PT_RSVD;
}

void seam_model_power_cycle(struct seam_model *model)
{
	const struct seam_memory *memory = &model->memory;
	struct seam_page *page;

	seam_for_first(page, memory->pages, memory->page_count)
		if (!is_configured(page))
			*page = (struct seam_page){};
	memset(model->tds, 0, sizeof(model->tds));
	memset(model->vcpus, 0, sizeof(model->vcpus));
	seam_model_reset(model);
}
