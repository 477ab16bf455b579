// SPDX-License-Identifier: GPL-2.0
/* TDH.SYS.RD, KEY.CONFIG and LP.SHUTDOWN. */
#include "internal.h"

#define NULL_FIELD ~0ULL
#define MAX_FIELDS 24

/*
 * Bits of a field id that SYS.RD does not look at: non-architectural (63), context (54:52), write
 * mask valid (51), increment (50), element size (33:32).
 */
#define IGNORED_ID_BITS (1ULL << 63 | 0x7ULL << 52 | 1ULL << 51 | 1ULL << 50 | 0x3ULL << 32)

struct field {
	bool present;
	uint64_t id;
	uint64_t value;
};

/* Do the extensions have to be started, whether memory is still missing or not? */
static bool needs_extensions(const struct seam_model *model)
{
	return (model->config.ext_pool_pages || model->config.ext_required) &&
	       !model->ext_initialised;
}

/* Writes the fields of this configuration, in the order of their ids; returns how many. */
static uint32_t list_fields(const struct seam_model *model, struct field *fields)
{
	const struct seam_config *config = &model->config;
	const uint64_t features = seam_features(config);
	const bool ext = features & SEAM_FEATURE_EXT;
	const bool quote = features & SEAM_FEATURE_QUOTE;
	const bool connect = features & SEAM_FEATURE_TDXCONNECT;
	const uint32_t ext_left = config->ext_pool_pages > model->ext_pages_given
					  ? config->ext_pool_pages - model->ext_pages_given
					  : 0;
	const struct field all[] = {
		{true, 0x0000000200000000, 2},
		{true, 0x0800000200000000, 0x8086}, /* vendor */
		{true, 0x0800000100000003, 5},	    /* minor version */
		{true, 0x0800000100000004, 1},	    /* major version */
		{true, 0x0800000100000005, 25},	    /* update version */
		{true, 0x0A00000300000000, 0},
		{true, 0x0A00000300000008, config->features0},
		{true, 0x1100000100000008, 64}, /* TDMRs at most */
		{true, 0x1100000100000009, 16}, /* reserved areas of one at most */
		{true, 0x1100000100000010, 16}, /* bytes of a PAMT entry: 4K, 2M, 1G */
		{true, 0x1100000100000011, 16},
		{true, 0x1100000100000012, 16},
		{true, 0x1100000000000013, 1},
		{true, 0x1100000000000014, 0},
		{true, 0x1800000100000000, 0x1000}, /* TDR */
		{true, 0x1800000100000100, 0x6000}, /* TDCS */
		{true, 0x1800000100000200, 0x6000}, /* TDVPS */
		{quote && model->quote_initialised, 0x2300000200000002, config->quote_bytes},
		{connect, 0x3000000100000001, config->ide_pages},
		{connect, 0x3000000100000002, config->spdm_pages},
		{connect, 0x3000000100000003, config->iommu_pages},
		{connect, 0x3000000100000007, (config->output_bytes + 4095) / 4096},
		{ext, 0x3100000000000001, needs_extensions(model)},
		{ext, 0x3100000200000000, ext_left},
	};
	uint32_t i, count = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].present)
			fields[count++] = all[i];
	return count;
}

/* Outputs are written on errors, too. The next field is that of this table, which is not full. */
uint64_t seam_sys_rd(struct seam_call *call)
{
	const uint64_t wanted = *seam_reg(call, SEAM_RDX);
	struct field fields[MAX_FIELDS];
	uint32_t i, count;

	*seam_reg(call, SEAM_RDX) = NULL_FIELD;
	*seam_reg(call, SEAM_R8) = 0;
	if (!(call->model->initialised_lps >> call->lp & 1))
		return SEAM_SYS_LP_INIT_NOT_DONE;

	count = list_fields(call->model, fields);
	if (wanted == NULL_FIELD) {
		*seam_reg(call, SEAM_RDX) = fields[0].id;
		return SEAM_METADATA_FIRST_FIELD;
	}
	for (i = 0; i < count; i++) {
		if ((fields[i].id & ~IGNORED_ID_BITS) != (wanted & ~IGNORED_ID_BITS))
			continue;
		*seam_reg(call, SEAM_R8) = fields[i].value;
		*seam_reg(call, SEAM_RDX) = i + 1 < count ? fields[i + 1].id : NULL_FIELD;
		return SEAM_SUCCESS;
	}
	return SEAM_METADATA_ID_INCORRECT;
}

/* Nothing is kept for a logical processor here that would have to end with it. */
uint64_t seam_sys_lp_shutdown(struct seam_call *call)
{
	(void)call;
	return SEAM_SUCCESS;
}

static uint64_t configure_global_key(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint32_t package = 1U << call->package;
	uint64_t status;

	if (model->config.sys_state != SEAM_SYSCONFIG_DONE)
		return SEAM_SYS_KEY_CONFIG_NOT_PENDING;
	if (model->packages_with_global_key & package)
		return SEAM_KEY_CONFIGURED;
	status = seam_program_key(model);
	if (status)
		return status;
	model->packages_with_global_key |= package;
	if (model->packages_with_global_key == seam_all_packages(model))
		model->config.sys_state = SEAM_SYS_READY;
	return SEAM_SUCCESS;
}

uint64_t seam_sys_key_config(struct seam_call *call)
{
	struct seam_model *model = call->model;
	uint64_t status;

	if (!seam_try_lock(&model->sys_lock, SEAM_EXCLUSIVE))
		return SEAM_SYS_BUSY;
	status = configure_global_key(call);
	seam_unlock(&model->sys_lock, SEAM_EXCLUSIVE);
	return status;
}
