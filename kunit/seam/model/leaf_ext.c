// SPDX-License-Identifier: GPL-2.0
/* TDH.EXT.MEM.ADD and TDH.EXT.INIT. Pages that are handed over here are never released. */
#include "internal.h"

#define EXT_OWNER 0xE87ULL

struct list_info {
	uint64_t list;
	uint32_t first, last;
};

static bool decode(uint64_t word, struct list_info *info)
{
	info->list = word & SEAM_HPA_MASK;
	info->first = word >> 3 & 0x1FF;
	info->last = (uint32_t)(word >> 55);
	return !(word & (0x7ULL << 52 | 0x7)) && info->first <= info->last;
}

static uint64_t encode(const struct list_info *info)
{
	return (uint64_t)info->first << 3 | info->list | (uint64_t)info->last << 55;
}

static uint64_t add(struct seam_call *call, struct list_info info)
{
	struct seam_model *model = call->model;
	const uint32_t now = seam_steps_until_interrupt(call, info.last + 1 - info.first);
	const struct seam_list list = {
		.entries = model->ops->map(info.list),
		.from = info.first,
		.to = info.first + now,
	};
	struct seam_taken_list taken;
	uint64_t status;

	if (!list.entries)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	status = seam_take_list(call, &list, SEAM_RCX, EXT_OWNER, &taken);
	model->ext_pages_given += taken.done;
	if (status)
		return status;
	if (info.first + now <= info.last) {
		info.first += now;
		model->ext_resume = encode(&info);
		*seam_reg(call, SEAM_RCX) = model->ext_resume;
		if (seam_bad_response_of(call) == SEAM_BAD_WRONG_RESUME)
			*seam_reg(call, SEAM_RCX) += SEAM_PAGE_SIZE;
		return SEAM_INTERRUPTED_RESUMABLE;
	}
	/* After a complete list FIRST_ENTRY is LAST_ENTRY + 1; 512 does not fit and reads 0. */
	info.first = (info.last + 1) & 0x1FF;
	*seam_reg(call, SEAM_RCX) = encode(&info);
	return SEAM_SUCCESS;
}

bool seam_needs_extensions(const struct seam_model *model)
{
	return (model->config.ext_pool_pages || model->config.ext_required) &&
	       !model->ext_initialised;
}

uint64_t seam_ext_mem_add(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t word = *seam_reg(call, SEAM_RCX);
	struct list_info info;
	uint64_t status;

	/* The pool is one object: a second concurrent caller finds it locked. */
	if (!seam_try_lock(&model->ext_lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	if (model->ext_resume && word != model->ext_resume)
		seam_judge_report(model, SEAM_CHANGED_RESUME, SEAM_EXT_MEM_ADD, word);
	model->ext_resume = 0;
	if (!decode(word, &info))
		status = SEAM_OPERAND_INVALID | SEAM_RCX;
	else
		status = seam_check_shared(model, info.list, SEAM_RCX);
	if (!status)
		status = model->ext_initialised ? SEAM_SYS_STATE_INCORRECT : add(call, info);
	seam_unlock(&model->ext_lock, SEAM_EXCLUSIVE);
	return status;
}

static uint64_t start(const struct seam_call *call)
{
	struct seam_model *model = call->model;

	if (model->ext_initialised || model->ext_pages_given < model->config.ext_pool_pages)
		return SEAM_SYS_STATE_INCORRECT;
	if (call->fault.times && call->fault.kind == SEAM_INJECT_INTERRUPT)
		return SEAM_INTERRUPTED_RESUMABLE;
	model->ext_initialised = true;
	return SEAM_SUCCESS;
}

uint64_t seam_ext_init(struct seam_call *call)
{
	struct seam_model *model = call->model;
	uint64_t status;

	if (!seam_try_lock(&model->ext_lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RAX;
	status = start(call);
	seam_unlock(&model->ext_lock, SEAM_EXCLUSIVE);
	return status;
}
