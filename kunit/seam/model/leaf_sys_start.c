// SPDX-License-Identifier: GPL-2.0
/*
 * The initialisation of the module: TDH.SYS.INIT, LP.INIT, KEY.CONFIG, TDMR.INIT and UPDATE (CONFIG
 * is in leaf_sys_config.c).
 */
#include "internal.h"

uint64_t seam_sys_alone(struct seam_call *call, seam_leaf_fn *leaf)
{
	struct seam_lock *lock = &call->model->sys_lock;
	uint64_t status;

	if (!seam_try_lock(lock, SEAM_EXCLUSIVE))
		return SEAM_SYS_BUSY;
	status = leaf(call);
	seam_unlock(lock, SEAM_EXCLUSIVE);
	return status;
}

static uint64_t init(struct seam_call *call, uint64_t attributes)
{
	struct seam_model *model = call->model;

	if (attributes)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (model->config.sys_state != SEAM_SYSINIT_PENDING)
		return SEAM_SYS_INIT_NOT_PENDING;
	/* The module needs a random number for its stack canary. */
	if (!seam_has_entropy(call))
		return SEAM_RND_NO_ENTROPY;
	if (model->handed_over) {
		model->config.sys_state = SEAM_SYSINIT_DONE;
		return SEAM_SUCCESS;
	}
	/* Lines left by the previous kernel's module would overwrite this kernel's memory. */
	if (seam_model_lps_with_private_lines(model))
		seam_judge_report(model, SEAM_LINES_LEFT, SEAM_SYS_INIT, 0);
	seam_forget_configuration(model);
	model->config.sys_state = SEAM_SYSINIT_DONE;
	return SEAM_SUCCESS;
}

/* Not possible after SYS.CONFIG, which requires that all logical processors are initialised. */
static uint64_t lp_init(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint32_t lp = 1U << call->lp;

	if (model->config.sys_state != SEAM_SYSINIT_DONE)
		return SEAM_SYS_LP_INIT_NOT_PENDING;
	if (__atomic_fetch_or(&model->initialised_lps, lp, __ATOMIC_RELAXED) & lp)
		return SEAM_SYS_LP_INIT_DONE;
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

/* After the installation of another version, its leaf to take over the handed-over state. */
static uint64_t update(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_config *config = &model->config;

	if (model->handed_over && (config->sys_state != SEAM_SYSINIT_DONE ||
				   !seam_are_all_lps(model, model->initialised_lps)))
		return SEAM_SYS_CONFIG_NOT_PENDING;
	if (*seam_reg(call, SEAM_R9) & ~config->features0)
		return SEAM_OPERAND_INVALID | SEAM_R9;
	if (*seam_reg(call, SEAM_R10))
		return SEAM_OPERAND_INVALID | SEAM_R10;
	config->enabled_features = *seam_reg(call, SEAM_R9);
	if (model->handed_over)
		seam_take_over(model);
	return SEAM_SUCCESS;
}

uint64_t seam_sys_init(struct seam_call *call)
{
	struct seam_lock *lock = &call->model->sys_lock;
	const uint64_t attributes = *seam_reg(call, SEAM_RCX);
	uint64_t status;

	*seam_reg(call, SEAM_RCX) = 0;
	*seam_reg(call, SEAM_RDX) = 0;
	*seam_reg(call, SEAM_R8) = 0;
	*seam_reg(call, SEAM_R9) = 0;
	*seam_reg(call, SEAM_R10) = 0;
	if (!seam_try_lock(lock, SEAM_EXCLUSIVE))
		return SEAM_SYS_BUSY;
	status = init(call, attributes);
	seam_unlock(lock, SEAM_EXCLUSIVE);
	return status;
}

/* Logical processors may execute it concurrently. */
uint64_t seam_sys_lp_init(struct seam_call *call)
{
	struct seam_lock *lock = &call->model->sys_lock;
	uint64_t status;

	*seam_reg(call, SEAM_RCX) = 0;
	*seam_reg(call, SEAM_RDX) = 0;
	*seam_reg(call, SEAM_R8) = 0;
	if (!seam_try_lock(lock, SEAM_SHARED))
		return SEAM_SYS_BUSY;
	status = lp_init(call);
	seam_unlock(lock, SEAM_SHARED);
	return status;
}

uint64_t seam_sys_config(struct seam_call *call)
{
	return seam_sys_alone(call, seam_configure);
}

uint64_t seam_sys_key_config(struct seam_call *call)
{
	return seam_sys_alone(call, configure_global_key);
}

uint64_t seam_sys_update(struct seam_call *call)
{
	return seam_sys_alone(call, update);
}

static bool is_reserved(const struct seam_tdmr *tdmr, uint64_t hpa)
{
	const struct seam_range *area;

	seam_for_first(area, tdmr->reserved, tdmr->reserved_count)
		if (hpa - area->base < area->size)
			return true;
	return false;
}

/* Drops earlier state of the page. With Dynamic PAMT a reserved page has a bit, not an entry. */
static void initialise_page(struct seam_call *call, const struct seam_tdmr *tdmr, uint64_t hpa)
{
	struct seam_page *page = seam_model_page(call->model, hpa);
	const bool dynamic = call->model->config.dynamic_pamt;
	const bool reserved = is_reserved(tdmr, hpa);

	if (!page)
		return;
	page->entry.type = reserved && !dynamic ? SEAM_PT_RSVD : SEAM_PT_NDA;
	page->entry.owner = 0;
	page->in_bitmap = reserved && dynamic;
	if (hpa % SEAM_REGION_SIZE == 0)
		seam_region_of(call->model, hpa)->entry.type = SEAM_PT_NDA;
	if (hpa % SEAM_GIGA_SIZE == 0)
		seam_giga_of(call->model, hpa)->type = SEAM_PT_NDA;
}

static void initialise_entries(struct seam_call *call, const struct seam_tdmr *tdmr,
			       const struct seam_range *range)
{
	uint64_t offset;
	uint32_t level;

	for (level = SEAM_4K; level <= SEAM_1G; level++)
		seam_write_pamt(call, tdmr, level, range);
	for (offset = 0; offset < range->size; offset += SEAM_PAGE_SIZE)
		initialise_page(call, tdmr, range->base + offset);
}

/* A number of 4K entries per call; RDX returns the end of the gigabytes that are complete. */
static uint64_t initialise_some(struct seam_call *call, struct seam_tdmr *tdmr)
{
	const uint64_t step = (call->model->config.dynamic_pamt ? 4096 : 1024) * SEAM_PAGE_SIZE;
	const uint64_t left = tdmr->range.size - tdmr->initialised;
	const struct seam_range range = {
		tdmr->range.base + tdmr->initialised,
		SEAM_MIN(step, left),
	};

	if (!left)
		return SEAM_TDMR_ALREADY_INITIALIZED;
	initialise_entries(call, tdmr, &range);
	tdmr->initialised += range.size;
	*seam_reg(call, SEAM_RDX) = (tdmr->range.base + tdmr->initialised) / SEAM_GIGA_SIZE *
				    SEAM_GIGA_SIZE;
	return SEAM_SUCCESS;
}

static struct seam_tdmr *tdmr_at(struct seam_model *model, uint64_t base)
{
	struct seam_tdmr *tdmr;

	seam_for_first(tdmr, model->tdmrs, model->tdmr_count)
		if (tdmr->range.base == base)
			return tdmr;
	return NULL;
}

uint64_t seam_sys_tdmr_init(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_tdmr *tdmr;
	uint64_t status;

	*seam_reg(call, SEAM_RDX) = 0;
	tdmr = tdmr_at(model, *seam_reg(call, SEAM_RCX));
	if (!tdmr)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (!seam_try_lock(&tdmr->lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = initialise_some(call, tdmr);
	seam_unlock(&tdmr->lock, SEAM_EXCLUSIVE);
	return status;
}
