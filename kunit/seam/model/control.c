// SPDX-License-Identifier: GPL-2.0
/* Executes the requests of tests, see ../seam_control.h. */
#include "internal.h"
#include "../seam_control.h"

_Static_assert(sizeof(struct seam_request) <= SEAM_PAGE_SIZE, "a request fits into a page");

static bool is_leaf(uint64_t leaf)
{
	return leaf < SEAM_LEAVES;
}

static uint32_t copy_order(const struct seam_model *model, uint64_t from, uint16_t *order)
{
	const uint32_t known = SEAM_MIN(model->call_count, SEAM_COUNT_OF(model->order));
	const uint32_t left = known - (uint32_t)SEAM_MIN(from, known);
	const uint32_t count = SEAM_MIN(left, SEAM_CONTROL_ORDER_MAX);

	memcpy(order, model->order + from, count * sizeof(*order));
	return model->call_count;
}

/* The books are locked. False: the request is invalid, or there is no room for it. */
static bool control_books(struct seam_model *model, struct seam_request *request)
{
	const uint64_t argument = request->argument;

	switch ((enum seam_command)request->command) {
	case SEAM_CONTROL_SET_CONFIG:
		model->config = request->config;
		return true;
	case SEAM_CONTROL_GET_CONFIG:
		request->config = model->config;
		return true;
	case SEAM_CONTROL_INJECT:
		return seam_model_inject(model, &request->injection);
	case SEAM_CONTROL_PENDING:
		request->result = seam_model_pending_injections(model);
		return true;
	case SEAM_CONTROL_CANCEL:
		seam_model_cancel_injections(model);
		return true;
	case SEAM_CONTROL_CALLS:
		request->result = is_leaf(argument) ? model->calls[argument] : 0;
		return is_leaf(argument);
	case SEAM_CONTROL_LAST_CALL:
		if (is_leaf(argument))
			request->registers = model->last[argument];
		return is_leaf(argument);
	case SEAM_CONTROL_ORDER:
		request->result = copy_order(model, argument, request->order);
		return true;
	case SEAM_CONTROL_FINDINGS:
	case SEAM_CONTROL_TAKE_FINDINGS:
		request->result = model->finding_count;
		memcpy(request->findings, model->findings, sizeof(request->findings));
		if (request->command == SEAM_CONTROL_TAKE_FINDINGS)
			model->finding_count = 0;
		return true;
	default:
		return false;
	}
}

void seam_control(struct seam_model *model, struct seam_request *request)
{
	unsigned long flags;
	bool done = true;

	if (request->command == SEAM_CONTROL_FINDINGS ||
	    request->command == SEAM_CONTROL_TAKE_FINDINGS)
		seam_judge_sweep(model);
	switch ((enum seam_command)request->command) {
	case SEAM_CONTROL_RESET:
		seam_model_reset(model);
		break;
	case SEAM_CONTROL_POWER_CYCLE:
		seam_model_power_cycle(model);
		break;
	case SEAM_CONTROL_SETTLE:
		seam_model_settle(model);
		break;
	case SEAM_CONTROL_UPDATE:
		done = seam_model_update(model);
		break;
	case SEAM_CONTROL_IS_DIRTY:
		request->result = seam_model_is_dirty(model, request->argument);
		break;
	case SEAM_CONTROL_DIRTY_PAGES:
		request->result = seam_model_dirty_pages(model);
		break;
	case SEAM_CONTROL_OWNED_PAGES:
		request->result = seam_model_owned_pages(model);
		break;
	case SEAM_CONTROL_HELD_PAGES:
		request->result = seam_model_held_pages(model);
		break;
	case SEAM_CONTROL_DIRTY_LPS:
		request->result = seam_model_lps_with_private_lines(model);
		break;
	case SEAM_CONTROL_HOST_READS:
		request->result = seam_judge_host_reads(model);
		break;
	case SEAM_CONTROL_HOST_FLUSHES:
		request->result = seam_judge_flushed_pages(model);
		break;
	case SEAM_CONTROL_HISTORY:
		request->result = seam_judge_history(model, request->argument, request->history,
						     SEAM_CONTROL_HISTORY_MAX);
		break;
	default:
		flags = model->ops->lock_books();
		done = control_books(model, request);
		model->ops->unlock_books(flags);
		break;
	}
	request->refused = !done;
}
