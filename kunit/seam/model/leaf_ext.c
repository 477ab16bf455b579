// SPDX-License-Identifier: GPL-2.0
/* TDH.EXT.MEM.ADD and TDH.EXT.INIT. Pages given here never come back. */
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

/*
 * How many entries this call takes before it is interrupted: never after the last one, and at least
 * one.
 */
static uint32_t entries_until_interrupt(const struct seam_model *model, uint32_t left)
{
	uint32_t entries = 0;

	if (model->armed.times && model->armed.kind == SEAM_INJECT_INTERRUPT)
		entries = (uint32_t)model->armed.value;
	else
		entries = model->config.interrupt_every;
	return entries && entries < left ? entries : left;
}

uint64_t seam_ext_mem_add(struct seam_model *model, struct seam_registers *registers)
{
	const uint64_t word = registers->r[SEAM_RCX];
	struct seam_taken_list taken;
	const uint64_t *entries;
	struct list_info info;
	uint64_t status;
	uint32_t now;

	if (model->ext_resume && word != model->ext_resume)
		seam_judge_report(model, SEAM_CHANGED_RESUME, SEAM_EXT_MEM_ADD, word);
	model->ext_resume = 0;
	if (!decode(word, &info))
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	status = seam_check_shared(model, info.list, SEAM_RCX);
	if (status)
		return status;
	if (model->ext_initialised)
		return SEAM_SYS_STATE_INCORRECT;
	entries = model->ops->map(info.list);
	if (!entries)
		return SEAM_OPERAND_INVALID | SEAM_RCX;

	now = entries_until_interrupt(model, info.last + 1 - info.first);
	status = seam_take_list(model, entries, info.first, info.first + now, SEAM_RCX, EXT_OWNER,
				&taken);
	model->ext_pages_given += taken.done;
	if (status)
		return status;
	if (info.first + now <= info.last) {
		info.first += now;
		model->ext_resume = encode(&info);
		registers->r[SEAM_RCX] = model->ext_resume;
		if (model->armed.times && model->armed.kind == SEAM_INJECT_LIE &&
		    model->armed.value == SEAM_LIE_WRONG_RESUME)
			registers->r[SEAM_RCX] += SEAM_PAGE_SIZE;
		return SEAM_INTERRUPTED_RESUMABLE;
	}
	/* A finished list shows the entry behind its last one; 512 does not fit and reads 0. */
	info.first = (info.last + 1) & 0x1FF;
	registers->r[SEAM_RCX] = encode(&info);
	return SEAM_SUCCESS;
}

uint64_t seam_ext_init(struct seam_model *model, struct seam_registers *registers)
{
	(void)registers;
	if (model->ext_initialised || model->ext_pages_given < model->config.ext_pool_pages)
		return SEAM_SYS_STATE_INCORRECT;
	if (model->armed.times && model->armed.kind == SEAM_INJECT_INTERRUPT)
		return SEAM_INTERRUPTED_RESUMABLE;
	model->ext_initialised = true;
	return SEAM_SUCCESS;
}
