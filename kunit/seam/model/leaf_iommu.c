// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.IOMMU.SETUP and CLEAR. The module takes all pages of the list in the first call; the work on them
 * can be interrupted.
 */
#include "internal.h"

/* The two queues: one entry of contiguous pages each. */
#define QUEUES	    2
#define QUEUE_PAGES 2

/* True if the first entries are queues, and all others single pages. */
static bool is_laid_out(const struct seam_list *list)
{
	uint32_t i;

	for (i = 0; i < list->to; i++)
		if ((list->entries[i] & 0xFFF) != (i < QUEUES ? QUEUE_PAGES : 0))
			return false;
	return true;
}

static uint64_t take_pages(struct seam_call *call, uint32_t id)
{
	struct seam_model *model = call->model;
	const uint64_t registers = *seam_reg(call, SEAM_RCX);
	const uint64_t root = *seam_reg(call, SEAM_RDX);
	const struct seam_list list = {
		.entries = seam_map_shared(model, root),
		.to = QUEUES + model->config.iommu_pages,
		.with_counts = true,
	};

	/* Includes the IOMMU without TDX mode: the host must not set it up. */
	if (!registers || registers & (SEAM_PAGE_SIZE - 1) ||
	    registers == model->config.plain_iommu || !id)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (seam_object_named(model, SEAM_IOMMU, registers))
		return SEAM_IOMMU_INVALID_STATE;
	if (!list.entries || !is_laid_out(&list))
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	return seam_object_take(call, SEAM_IOMMU, id, &list, SEAM_RDX, registers);
}

/* Works on the pages of @iommu until an interrupt; true when all is done. */
static bool work(struct seam_call *call, struct seam_resume **resume,
		 const struct seam_object *iommu)
{
	const uint32_t pages = iommu->page_count;
	const uint32_t done = *resume ? (*resume)->progress : 0;
	const uint32_t now = seam_steps_until_interrupt(call, pages - done);

	if (done + now < pages && !*resume)
		*resume = seam_resume_begin(call, iommu);
	if (done + now >= pages || !*resume)
		return true;
	(*resume)->progress = done + now;
	return false;
}

static uint64_t set_up(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_resume *resume = seam_resume_of(call);
	uint32_t id = seam_object_free_id(model, SEAM_IOMMU);
	uint64_t status;

	if (resume)
		id = (uint32_t)(resume->object - model->objects[SEAM_IOMMU]) + 1;
	status = resume ? seam_resume_check(call, resume) : take_pages(call, id);
	if (status)
		return status;
	if (!work(call, &resume, &model->objects[SEAM_IOMMU][id - 1]))
		return SEAM_INTERRUPTED_RESUMABLE;
	if (resume)
		resume->pending = false;
	*seam_reg(call, SEAM_RCX) = id;
	return SEAM_SUCCESS;
}

static uint64_t clear(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_object *iommu = seam_object_of(model, SEAM_IOMMU, *seam_reg(call, SEAM_RCX));
	struct seam_resume *resume = seam_resume_of(call);
	const uint64_t root = *seam_reg(call, SEAM_RDX);
	const bool silent = model->config.silent_clear;
	uint64_t *list;
	uint64_t status;

	if (!iommu)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	/* While it is being set up, its ID has not been returned yet. */
	if (seam_is_interrupted(model, SEAM_IOMMU_SETUP, iommu))
		return SEAM_IOMMU_INVALID_STATE;
	status = resume ? seam_resume_check(call, resume)
			: seam_check_shared(model, root, SEAM_RDX);
	if (status)
		return status;
	list = model->ops->map(root);
	if (!silent && (!root || !list))
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (!work(call, &resume, iommu))
		return SEAM_INTERRUPTED_RESUMABLE;
	if (!silent)
		seam_object_write_list(call, iommu, QUEUE_PAGES, list);
	seam_object_give_back(call, iommu);
	return SEAM_SUCCESS;
}

uint64_t seam_iommu_setup(struct seam_call *call)
{
	return seam_with_tables(call, set_up);
}

uint64_t seam_iommu_clear(struct seam_call *call)
{
	return seam_with_tables(call, clear);
}
