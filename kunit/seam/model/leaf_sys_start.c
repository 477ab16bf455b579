// SPDX-License-Identifier: GPL-2.0
/*
 * The module's way to readiness and out of it: TDH.SYS.INIT, LP.INIT, CONFIG, TDMR.INIT, UPDATE and
 * SHUTDOWN (KEY.CONFIG is in leaf_sys.c). The TDMRs are those that the platform has: the list that
 * SYS.CONFIG gets is checked for its form alone.
 */
#include "internal.h"

#define TDMR_INFO_ALIGN	 512ULL
#define MAX_TDMR_INFO	 64
#define DYNAMIC_PAMT_BIT (1ULL << 16)

/* Executes a leaf alone: others find the module busy. */
static uint64_t alone(struct seam_call *call, seam_leaf_fn *leaf)
{
	struct seam_lock *lock = &call->model->sys_lock;
	uint64_t status;

	if (!seam_try_lock(lock, SEAM_EXCLUSIVE))
		return SEAM_SYS_BUSY;
	status = leaf(call);
	seam_unlock(lock, SEAM_EXCLUSIVE);
	return status;
}

static uint64_t init(struct seam_call *call)
{
	struct seam_model *model = call->model;
	uint32_t i;

	if (model->config.sys_state != SEAM_SYSINIT_PENDING)
		return SEAM_SYS_INIT_NOT_PENDING;
	model->initialised_lps = 0;
	for (i = 0; i < model->tdmr_count; i++)
		model->tdmrs[i].initialised = 0;
	model->packages_with_global_key = 0;
	model->config.sys_state = SEAM_SYSINIT_DONE;
	return SEAM_SUCCESS;
}

static uint64_t lp_init(struct seam_call *call)
{
	struct seam_model *model = call->model;

	if (model->config.sys_state == SEAM_SYSINIT_PENDING)
		return SEAM_SYS_LP_INIT_NOT_PENDING;
	if (model->initialised_lps >> call->lp & 1)
		return SEAM_SYS_LP_INIT_DONE;
	model->initialised_lps |= 1U << call->lp;
	return SEAM_SUCCESS;
}

static bool are_all_lps_initialised(const struct seam_model *model)
{
	const uint32_t all = (1U << model->config.lps) - 1;

	return (model->initialised_lps & all) == all;
}

static uint64_t configure(struct seam_call *call)
{
	struct seam_config *config = &call->model->config;
	const uint64_t list = *seam_reg(call, SEAM_RCX);
	const uint64_t count = *seam_reg(call, SEAM_RDX);
	const uint64_t key = *seam_reg(call, SEAM_R8);
	const uint64_t hkid = key & 0xFFFF;

	if (config->sys_state != SEAM_SYSINIT_DONE || !are_all_lps_initialised(call->model))
		return SEAM_SYS_CONFIG_NOT_PENDING;
	if (list & (TDMR_INFO_ALIGN - 1) ||
	    seam_check_shared(call->model, list & ~(SEAM_PAGE_SIZE - 1), SEAM_RCX))
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (!count || count > MAX_TDMR_INFO)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (key & ~(DYNAMIC_PAMT_BIT | 0xFFFF) || hkid <= config->shared_keyids ||
	    hkid >> config->keyid_bits)
		return SEAM_OPERAND_INVALID | SEAM_R8;
	/* Version 1 chooses the features, as SYS.UPDATE does. */
	if (*seam_reg(call, SEAM_RAX) >> 16) {
		if (*seam_reg(call, SEAM_R9) & ~config->features0)
			return SEAM_OPERAND_INVALID | SEAM_R9;
		config->enabled_features = *seam_reg(call, SEAM_R9);
	} else {
		config->enabled_features = 0;
	}
	call->model->keys[config->global_keyid].state = SEAM_KEY_FREE;
	config->global_keyid = (uint32_t)hkid;
	call->model->keys[hkid].state = SEAM_KEY_RESERVED;
	config->dynamic_pamt = !!(key & DYNAMIC_PAMT_BIT);
	config->sys_state = SEAM_SYSCONFIG_DONE;
	return SEAM_SUCCESS;
}

static uint64_t update(struct seam_call *call)
{
	struct seam_config *config = &call->model->config;

	if (*seam_reg(call, SEAM_R9) & ~config->features0)
		return SEAM_OPERAND_INVALID | SEAM_R9;
	if (*seam_reg(call, SEAM_R10))
		return SEAM_OPERAND_INVALID | SEAM_R10;
	config->enabled_features = *seam_reg(call, SEAM_R9);
	return SEAM_SUCCESS;
}

static uint64_t shut_down(struct seam_call *call)
{
	call->model->config.sys_state = SEAM_SYS_SHUT_DOWN;
	return SEAM_SUCCESS;
}

uint64_t seam_sys_init(struct seam_call *call)
{
	return alone(call, init);
}

uint64_t seam_sys_lp_init(struct seam_call *call)
{
	return alone(call, lp_init);
}

uint64_t seam_sys_config(struct seam_call *call)
{
	return alone(call, configure);
}

uint64_t seam_sys_update(struct seam_call *call)
{
	return alone(call, update);
}

uint64_t seam_sys_shutdown(struct seam_call *call)
{
	return alone(call, shut_down);
}

/* So many 4K entries a call; RDX tells up to where whole gigabytes are done. */
uint64_t seam_sys_tdmr_init(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t step = (model->config.dynamic_pamt ? 4096 : 1024) * SEAM_PAGE_SIZE;
	const uint64_t base = *seam_reg(call, SEAM_RCX);
	struct seam_tdmr *tdmr;
	uint64_t left;

	for (tdmr = model->tdmrs; tdmr < model->tdmrs + model->tdmr_count; tdmr++)
		if (tdmr->range.base == base)
			break;
	if (tdmr == model->tdmrs + model->tdmr_count)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	left = tdmr->range.size - tdmr->initialised;
	if (!left)
		return SEAM_TDMR_ALREADY_INITIALIZED;
	tdmr->initialised += step < left ? step : left;
	*seam_reg(call, SEAM_RDX) = base +
				    (tdmr->initialised == tdmr->range.size
					     ? tdmr->range.size
					     : tdmr->initialised / SEAM_GIGA_SIZE * SEAM_GIGA_SIZE);
	return SEAM_SUCCESS;
}
