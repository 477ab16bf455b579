// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupted calls, which the host must issue again with the same inputs. The module identifies
 * them by leaf, by RCX (the object or IOMMU), and by stream and operation if the leaf has those,
 * because keys are updated in the middle of another operation.
 */
#include "internal.h"

/*
 * Inputs that must not change, besides RAX and RCX, by which the call is found. No resumable leaf has an
 * input beyond R11; the other registers may change.
 */
static const enum seam_register inputs[] = {
	SEAM_RDX, SEAM_R8, SEAM_R9, SEAM_R10, SEAM_R11,
};

static bool is_of(const struct seam_resume *resume, struct seam_call *call,
		  enum seam_register which)
{
	return resume->inputs.r[which] == *seam_reg(call, which);
}

static bool continues(struct seam_call *call, const struct seam_resume *resume)
{
	if (!resume->pending || !is_of(resume, call, SEAM_RAX) || !is_of(resume, call, SEAM_RCX))
		return false;
	switch ((uint16_t)*seam_reg(call, SEAM_RAX)) {
	case SEAM_SPDM_MNG:
		return is_of(resume, call, SEAM_RDX);
	case SEAM_IDE_STREAM_KM:
		return is_of(resume, call, SEAM_RDX) && is_of(resume, call, SEAM_R8);
	}
	return true;
}

struct seam_resume *seam_resume_of(struct seam_call *call)
{
	struct seam_resume *resume;

	seam_for_each(resume, call->model->resumes)
		if (continues(call, resume))
			return resume;
	return NULL;
}

/* The index of the first input that has changed, or the end of the list. */
static uint32_t changed_input(const struct seam_call *call, const struct seam_resume *resume)
{
	uint32_t i;

	for (i = 0; i < SEAM_COUNT_OF(inputs); i++)
		if (resume->inputs.r[inputs[i]] != call->registers->r[inputs[i]])
			break;
	return i;
}

bool seam_resume_is_same(const struct seam_call *call, const struct seam_resume *resume)
{
	return changed_input(call, resume) == SEAM_COUNT_OF(inputs);
}

uint64_t seam_resume_check(struct seam_call *call, const struct seam_resume *resume)
{
	const uint32_t index = changed_input(call, resume);
	enum seam_register changed;

	if (index == SEAM_COUNT_OF(inputs))
		return SEAM_SUCCESS;
	changed = inputs[index];
	seam_judge_report(call->model, SEAM_CHANGED_RESUME, (uint16_t)*seam_reg(call, SEAM_RAX),
			  *seam_reg(call, changed));
	return call->model->config.invalid_resumption ? SEAM_INVALID_RESUMPTION
						      : SEAM_OPERAND_INVALID | changed;
}

bool seam_is_interrupted(struct seam_model *model, enum seam_leaf leaf,
			 const struct seam_object *object)
{
	const struct seam_resume *resume;

	seam_for_each(resume, model->resumes)
		if (resume->pending && resume->inputs.r[SEAM_RAX] == leaf &&
		    resume->object == object)
			return true;
	return false;
}

void seam_resume_end(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_resume *resume;

	if ((uint16_t)*seam_reg(call, SEAM_RAX) == SEAM_EXT_MEM_ADD)
		model->ext_resume = 0;
	/* If the tables are locked, another call is running, and this one was not interrupted. */
	if (!seam_try_lock(&model->connect_lock, SEAM_EXCLUSIVE))
		return;
	resume = seam_resume_of(call);
	if (resume)
		resume->pending = false;
	seam_unlock(&model->connect_lock, SEAM_EXCLUSIVE);
}

struct seam_resume *seam_resume_begin(struct seam_call *call, const struct seam_object *object)
{
	struct seam_resume *resume;

	seam_for_each(resume, call->model->resumes) {
		if (resume->pending)
			continue;
		*resume = (struct seam_resume){
			.pending = true,
			.inputs = *call->registers,
			.object = object,
		};
		return resume;
	}
	return NULL;
}

void seam_resume_forget(struct seam_model *model, const struct seam_object *object)
{
	struct seam_resume *resume;

	seam_for_each(resume, model->resumes)
		if (resume->object == object)
			resume->pending = false;
}

uint32_t seam_steps_until_interrupt(const struct seam_call *call, uint32_t left)
{
	const struct seam_config *config = &call->model->config;
	uint32_t steps = config->interrupted ? 1 : config->interrupt_every;

	if (call->fault.times && call->fault.kind == SEAM_INJECT_INTERRUPT)
		steps = (uint32_t)call->fault.value;
	return steps && steps < left ? steps : left;
}
