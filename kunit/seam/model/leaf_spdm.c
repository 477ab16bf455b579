// SPDX-License-Identifier: GPL-2.0
/* TDH.SPDM.CREATE and TDH.SPDM.DELETE: sessions whose metadata lives in pages of the host. */
#include "internal.h"

/* Ids begin at 1, so that a host that mistakes a zeroed register for an id is found out. */
static struct seam_session *session_of(struct seam_model *model, uint64_t id)
{
	if (!id || id > SEAM_MAX_SESSIONS || !model->sessions[id - 1].live)
		return NULL;
	return &model->sessions[id - 1];
}

static uint64_t free_id(const struct seam_model *model)
{
	uint64_t id;

	for (id = 1; id <= SEAM_MAX_SESSIONS; id++)
		if (!model->sessions[id - 1].live)
			return id;
	return 0;
}

static uint64_t page_hpa(struct seam_model *model, uint32_t index)
{
	return seam_hpa_of(model, seam_page_by_index(model, index));
}

static uint64_t create_session(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t array = *seam_reg(call, SEAM_RDX);
	const uint64_t hpa = array & SEAM_HPA_MASK;
	const uint32_t count = (uint32_t)(array >> 55) + 1;
	const uint64_t id = free_id(model);
	const uint64_t *entries = &hpa;
	struct seam_taken_list taken;
	uint64_t status;

	if (*seam_reg(call, SEAM_RCX) >> 25 || !id)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (array & (0x7ULL << 52 | (SEAM_PAGE_SIZE - 1)) || count != model->config.spdm_pages)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (count > 1) {
		status = seam_check_shared(model, hpa, SEAM_RDX);
		if (status)
			return status;
		entries = model->ops->map(hpa);
		if (!entries)
			return SEAM_OPERAND_INVALID | SEAM_RDX;
	}
	status = seam_take_list(call, entries, 0, count, SEAM_RDX, id, &taken);
	if (status)
		return status;
	model->sessions[id - 1] = (struct seam_session){
		.live = true,
		.first_page = taken.first,
		.page_count = count,
	};
	*seam_reg(call, SEAM_RCX) = id;
	return SEAM_SUCCESS;
}

uint64_t seam_spdm_create(struct seam_call *call)
{
	struct seam_model *model = call->model;
	uint64_t status;

	if (!seam_try_lock(&model->spdm_lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = create_session(call);
	seam_unlock(&model->spdm_lock, SEAM_EXCLUSIVE);
	return status;
}

/*
 * Is the list page already what the module is about to write? Then the host cannot tell whether it
 * was written.
 */
static bool holds_answer(struct seam_model *model, const struct seam_session *session,
			 const uint64_t *list)
{
	uint32_t i, page = session->first_page;

	for (i = 0; i < session->page_count; i++, page = seam_page_by_index(model, page)->next)
		if (list[i] != page_hpa(model, page))
			return false;
	return true;
}

static void write_list(struct seam_model *model, const struct seam_session *session, uint64_t *list,
		       enum seam_lie lie)
{
	uint32_t i, page = session->first_page;
	uint64_t first;

	if (lie == SEAM_LIE_STALE_LIST)
		return;
	for (i = 0; i < session->page_count; i++, page = seam_page_by_index(model, page)->next)
		list[i] = page_hpa(model, page);
	if (lie == SEAM_LIE_SWAPPED_PAGES) {
		first = list[0];
		list[0] = list[1];
		list[1] = first;
	}
	if (lie == SEAM_LIE_FOREIGN_PAGE)
		list[session->page_count - 1] += SEAM_PAGE_SIZE;
}

static void give_back(struct seam_model *model, const struct seam_session *session)
{
	uint32_t i, index = session->first_page;
	struct seam_page *page;

	for (i = 0; i < session->page_count; i++) {
		page = seam_page_by_index(model, index);
		index = page->next;
		seam_give_page_back(model, page);
	}
}

/* 0 for one page, a page for more: the module insists on both. */
static uint64_t check_aux(struct seam_call *call, const struct seam_session *session,
			  uint64_t **list)
{
	struct seam_model *model = call->model;
	const uint64_t aux = *seam_reg(call, SEAM_RDX);
	uint64_t status;

	*list = NULL;
	if (!aux != (session->page_count == 1))
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (!aux)
		return SEAM_SUCCESS;
	status = seam_check_shared(model, aux, SEAM_RDX);
	if (status)
		return status;
	*list = model->ops->map(aux);
	if (!*list)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (holds_answer(model, session, *list))
		seam_judge_report(model, SEAM_STALE_AUX, SEAM_SPDM_DELETE, aux);
	return SEAM_SUCCESS;
}

static uint64_t delete_session(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_session *session = session_of(model, *seam_reg(call, SEAM_RCX));
	const enum seam_lie lie = seam_lie_of(call);
	uint64_t *list;
	uint64_t status, hpa;
	uint32_t count;

	if (!session)
		return SEAM_SPDM_ENTRY_NOT_PRESENT | SEAM_RCX;
	status = check_aux(call, session, &list);
	if (status)
		return status;

	if (list)
		write_list(model, session, list, lie);
	hpa = list ? *seam_reg(call, SEAM_RDX) : page_hpa(model, session->first_page);
	count = session->page_count;
	if (lie != SEAM_LIE_KEEPS_PAGES)
		give_back(model, session);
	if (lie == SEAM_LIE_SHORT_LIST)
		count--;
	if (!list && lie == SEAM_LIE_FOREIGN_PAGE)
		hpa += SEAM_PAGE_SIZE;
	*seam_reg(call, SEAM_RCX) = hpa | (uint64_t)(count - 1) << 55;
	*session = (struct seam_session){.first_page = SEAM_NO_PAGE};
	return SEAM_SUCCESS;
}

uint64_t seam_spdm_delete(struct seam_call *call)
{
	struct seam_model *model = call->model;
	uint64_t status;

	if (!seam_try_lock(&model->spdm_lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = delete_session(call);
	seam_unlock(&model->spdm_lock, SEAM_EXCLUSIVE);
	return status;
}

void seam_model_settle(struct seam_model *model)
{
	struct seam_tdmr *tdmr;
	struct seam_page *page;
	uint32_t i;

	for (i = 0; i < SEAM_MAX_SESSIONS; i++)
		model->sessions[i] = (struct seam_session){.first_page = SEAM_NO_PAGE};
	for (tdmr = model->tdmrs; tdmr < model->tdmrs + SEAM_MAX_TDMRS; tdmr++)
		for (page = tdmr->pages; page < tdmr->pages + tdmr->page_count; page++)
			if (page->entry.type == SEAM_PT_OBJECT &&
			    page->entry.owner <= SEAM_MAX_SESSIONS)
				seam_give_page_back(model, page);
}
