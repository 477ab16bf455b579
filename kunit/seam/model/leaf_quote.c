// SPDX-License-Identifier: GPL-2.0
/* TDH.QUOTE.INIT and GET: a quote of a TD, written to a list of shared pages. */
#include "internal.h"

/* HPA_LINKED_LIST: nodes of 511 addresses and the next node; all ones, which is no address, ends the list. */
#define NODE_ENTRIES 511

uint64_t seam_quote_init(struct seam_call *call)
{
	struct seam_model *model = call->model;

	if (seam_needs_extensions(model))
		return SEAM_SYS_STATE_INCORRECT;
	if (call->fault.times && call->fault.kind == SEAM_INJECT_INTERRUPT)
		return SEAM_INTERRUPTED_RESUMABLE;
	model->quote_initialised = true;
	return SEAM_SUCCESS;
}

/* The next page of the list; NULL at its end, or if the entry is not a shared page. */
static void *next_page(struct seam_model *model, const uint64_t **node, uint32_t *entry)
{
	uint64_t hpa;

	if (*entry == NODE_ENTRIES) {
		hpa = (*node)[NODE_ENTRIES];
		*node = seam_map_shared(model, hpa);
		*entry = 0;
	}
	if (!*node)
		return NULL;
	hpa = (*node)[(*entry)++];
	return seam_map_shared(model, hpa);
}

static uint64_t write_quote(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint32_t bytes = model->config.quote_bytes;
	const uint64_t *node = model->ops->map(*seam_reg(call, SEAM_R10));
	uint32_t entry = 0, done, here;
	void *to;

	if (*seam_reg(call, SEAM_R11) < bytes)
		return SEAM_OPERAND_INVALID | SEAM_R11;
	for (done = 0; done < bytes; done += here) {
		here = SEAM_MIN(bytes - done, (uint32_t)SEAM_PAGE_SIZE);
		to = next_page(model, &node, &entry);
		if (!to)
			return SEAM_OPERAND_INVALID | SEAM_R10;
		/* Adjacent pages differ, also across two nodes. */
		memset(to, 0x51 + (int)(done / SEAM_PAGE_SIZE), here);
	}
	*seam_reg(call, SEAM_RCX) = bytes;
	return SEAM_SUCCESS;
}

/* Writes the quote, or is interrupted before that. */
static uint64_t write_or_interrupt(struct seam_call *call)
{
	struct seam_resume *resume = seam_resume_of(call);
	const uint64_t status = resume ? seam_resume_check(call, resume) : SEAM_SUCCESS;

	if (status)
		return status;
	if (call->fault.times && call->fault.kind == SEAM_INJECT_INTERRUPT &&
	    (resume || seam_resume_begin(call, NULL)))
		return SEAM_INTERRUPTED_RESUMABLE;
	if (resume)
		resume->pending = false;
	return write_quote(call);
}

static uint64_t get_quote(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t quote = *seam_reg(call, SEAM_RDX);
	struct seam_walk tdr;
	uint64_t status;

	if (!model->quote_initialised)
		return SEAM_SYS_STATE_INCORRECT;
	if (((quote >> 32) & 0xFFFF) != 0xFFFF)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (seam_check_shared(model, *seam_reg(call, SEAM_R8), SEAM_R8))
		return SEAM_OPERAND_INVALID | SEAM_R8;
	if (*seam_reg(call, SEAM_R9) > SEAM_PAGE_SIZE)
		return SEAM_OPERAND_INVALID | SEAM_R9;
	if (seam_check_shared(model, *seam_reg(call, SEAM_R10), SEAM_R10))
		return SEAM_OPERAND_INVALID | SEAM_R10;
	status = seam_lock_private(call, *seam_reg(call, SEAM_RCX), SEAM_RCX, SEAM_PT_TDR,
				   SEAM_SHARED, &tdr);
	if (status)
		return status;
	status = write_or_interrupt(call);
	seam_walk_end(&tdr);
	return status;
}

uint64_t seam_quote_get(struct seam_call *call)
{
	return seam_with_tables(call, get_quote);
}
