// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of TDX Connect: taking their pages, and releasing them with a list of the same pages.
 * The callers hold the lock of the object tables.
 */
#include "internal.h"

/* The owner field of the PAMT: unique among objects of all kinds. */
static uint64_t owner_of(enum seam_object_kind kind, uint32_t id)
{
	return (uint64_t)(kind + 1) << 32 | id;
}

struct seam_object *seam_object_of(struct seam_model *model, enum seam_object_kind kind,
				   uint64_t id)
{
	struct seam_object *object;

	seam_for_each(object, model->objects[kind])
		if (object->live && id == (uint64_t)(object - model->objects[kind]) + 1)
			return object;
	return NULL;
}

struct seam_object *seam_object_named(struct seam_model *model, enum seam_object_kind kind,
				      uint64_t name)
{
	struct seam_object *object;

	seam_for_each(object, model->objects[kind])
		if (object->live && object->name == name)
			return object;
	return NULL;
}

uint32_t seam_object_free_id(const struct seam_model *model, enum seam_object_kind kind)
{
	const struct seam_object *object;

	seam_for_each(object, model->objects[kind])
		if (!object->live)
			return (uint32_t)(object - model->objects[kind]) + 1;
	return 0;
}

uint64_t seam_object_take(struct seam_call *call, enum seam_object_kind kind, uint32_t id,
			  const struct seam_list *list, uint32_t operand, uint64_t name)
{
	struct seam_taken_list taken;
	const uint64_t status = seam_take_list(call, list, operand, owner_of(kind, id), &taken);

	if (status)
		return status;
	call->model->objects[kind][id - 1] = (struct seam_object){
		.live = true,
		.first_page = taken.first,
		.page_count = taken.done,
		.name = name,
	};
	return SEAM_SUCCESS;
}

uint64_t seam_object_take_array(struct seam_call *call, enum seam_object_kind kind, uint32_t id,
				enum seam_register which, uint32_t wanted, uint64_t name)
{
	struct seam_model *model = call->model;
	struct seam_array array;
	struct seam_list list;

	if (!seam_read_array(model, *seam_reg(call, which), &array) || array.pages != wanted)
		return SEAM_OPERAND_INVALID | which;
	list = (struct seam_list){.entries = array.entries, .to = array.pages};
	return seam_object_take(call, kind, id, &list, which, name);
}

static void distort(struct seam_model *model, uint64_t *list, uint32_t entries,
		    enum seam_bad_response bad)
{
	uint64_t first = list[0];

	switch (bad) {
	case SEAM_BAD_SWAPPED_PAGES:
		list[0] = list[1];
		list[1] = first;
		break;
	case SEAM_BAD_FOREIGN_PAGE:
		list[entries - 1] += SEAM_PAGE_SIZE;
		break;
	case SEAM_BAD_KEYID_BITS:
		list[entries - 1] |= (uint64_t)model->config.global_keyid
				     << model->config.address_bits;
		break;
	case SEAM_BAD_SHORT_LIST:
		list[entries - 1] = 0;
		break;
	default:
		break;
	}
}

/*
 * The list has the pages in the order of hand-over: entries of @queue_pages pages each for the first two
 * (IOMMU queues), of one page for the others.
 */
void seam_object_write_list(struct seam_call *call, const struct seam_object *object,
			    uint32_t queue_pages, uint64_t *list)
{
	struct seam_model *model = call->model;
	const enum seam_bad_response bad = seam_bad_response_of(call);
	uint32_t i, page = object->first_page, left = object->page_count, step;
	bool is_stale = false;
	uint64_t entry;

	for (i = 0; left; i++) {
		step = i < 2 ? SEAM_MIN(queue_pages, left) : 1;
		entry = seam_hpa_of(model, seam_page_by_index(model, page)) | (step > 1 ? step : 0);

		/* If the entry was there before, the host cannot tell whether the module wrote it. */
		if (list[i] == entry && !is_stale)
			seam_judge_report(model, SEAM_STALE_AUX,
					  (uint16_t)*seam_reg(call, SEAM_RAX),
					  entry & SEAM_HPA_MASK);
		is_stale |= list[i] == entry;
		if (bad != SEAM_BAD_STALE_LIST)
			list[i] = entry;
		for (left -= step; step; step--)
			page = seam_page_by_index(model, page)->next;
	}
	distort(model, list, i, bad);
}

void seam_object_give_back(struct seam_call *call, struct seam_object *object)
{
	struct seam_model *model = call->model;
	uint32_t i, index = object->first_page;
	struct seam_page *page;

	for (i = 0; i < object->page_count && seam_bad_response_of(call) != SEAM_BAD_KEEPS_PAGES;
	     i++) {
		page = seam_page_by_index(model, index);
		index = page->next;
		seam_give_page_back(model, page);
	}
	seam_resume_forget(model, object);
	*object = (struct seam_object){};
}

/* AUX_PAGE_PA must be 0 for an object of one page, and a list page for more. */
static uint64_t check_aux(struct seam_call *call, const struct seam_object *object,
			  enum seam_register which, uint64_t **list)
{
	struct seam_model *model = call->model;
	const uint64_t aux = *seam_reg(call, which);
	const uint16_t leaf = (uint16_t)*seam_reg(call, SEAM_RAX);

	*list = NULL;
	if (!aux != (object->page_count == 1)) {
		seam_judge_report(model, SEAM_WRONG_AUX, leaf, aux);
		return SEAM_OPERAND_INVALID | which;
	}
	if (!aux)
		return SEAM_SUCCESS;
	*list = seam_map_shared(model, aux);
	return *list ? SEAM_SUCCESS : SEAM_OPERAND_INVALID | which;
}

uint64_t seam_object_delete(struct seam_call *call, struct seam_object *object,
			    enum seam_register aux)
{
	struct seam_model *model = call->model;
	const enum seam_bad_response bad = seam_bad_response_of(call);
	uint64_t *list, hpa;
	uint32_t count = object->page_count;
	const uint64_t status = check_aux(call, object, aux, &list);

	if (status)
		return status;
	hpa = list ? *seam_reg(call, aux)
		   : seam_hpa_of(model, seam_page_by_index(model, object->first_page));
	if (list)
		seam_object_write_list(call, object, 1, list);
	if ((!list && bad == SEAM_BAD_FOREIGN_PAGE) || bad == SEAM_BAD_OTHER_ROOT)
		hpa += SEAM_PAGE_SIZE;
	if (!list && bad == SEAM_BAD_KEYID_BITS)
		hpa |= (uint64_t)model->config.global_keyid << model->config.address_bits;
	if (bad == SEAM_BAD_SHORT_LIST)
		count--;
	seam_object_give_back(call, object);
	*seam_reg(call, SEAM_RCX) = hpa | (uint64_t)(count - 1) << 55;
	return SEAM_SUCCESS;
}

void seam_model_settle(struct seam_model *model)
{
	struct seam_page *page;

	memset(model->objects, 0, sizeof(model->objects));
	memset(model->resumes, 0, sizeof(model->resumes));
	for (page = seam_next_written(model, NULL); page; page = seam_next_written(model, page))
		if (page->entry.type == SEAM_PT_OBJECT &&
		    page->entry.owner >= owner_of(SEAM_SPDM_SESSION, 0))
			seam_give_page_back(model, page);
}
