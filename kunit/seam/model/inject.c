// SPDX-License-Identifier: GPL-2.0
/* Planned faults: which call of which leaf goes wrong, and how. */
#include "internal.h"

/* True if the leaf returns the length of its output in RCX. */
static bool reports_length(uint16_t leaf)
{
	switch (leaf) {
	case SEAM_SPDM_CONNECT:
	case SEAM_SPDM_DISCONNECT:
	case SEAM_SPDM_MNG:
	case SEAM_IDE_STREAM_KM:
	case SEAM_QUOTE_GET:
		return true;
	}
	return false;
}

static bool is_possible_bad_response(uint16_t leaf, uint64_t response)
{
	return response == SEAM_BAD_LONG_OUTPUT ? reports_length(leaf)
						: response < SEAM_BAD_RESPONSES;
}

/* True if the leaf returns a list of the released pages. */
static bool reports_list(uint16_t leaf)
{
	return leaf == SEAM_SPDM_DELETE || leaf == SEAM_IDE_STREAM_DELETE ||
	       leaf == SEAM_IOMMU_CLEAR;
}

static bool is_interruptible(uint16_t leaf)
{
	switch (leaf) {
	case SEAM_EXT_INIT:
	case SEAM_EXT_MEM_ADD:
	case SEAM_QUOTE_INIT:
	case SEAM_QUOTE_GET:
	case SEAM_IOMMU_SETUP:
	case SEAM_IOMMU_CLEAR:
	case SEAM_SPDM_CONNECT:
	case SEAM_SPDM_DISCONNECT:
	case SEAM_SPDM_MNG:
	case SEAM_IDE_STREAM_KM:
		return true;
	}
	return false;
}

/* True if the leaf needs random numbers. */
static bool wants_entropy(uint16_t leaf)
{
	return leaf == SEAM_SYS_INIT || leaf == SEAM_MNG_CREATE || leaf == SEAM_MNG_ADDCX;
}

bool seam_injection_has_effect(const struct seam_injection *injection)
{
	if (injection->kind == SEAM_INJECT_INTERRUPT)
		return is_interruptible(injection->leaf);
	if (injection->kind == SEAM_INJECT_NO_ENTROPY)
		return wants_entropy(injection->leaf);
	if (injection->kind != SEAM_INJECT_BAD_RESPONSE)
		return true;
	switch (injection->value) {
	case SEAM_BAD_LONG_OUTPUT:
		return reports_length(injection->leaf);
	case SEAM_BAD_WRONG_RESUME:
		return injection->leaf == SEAM_EXT_MEM_ADD;
	}
	return reports_list(injection->leaf);
}

bool seam_model_inject(struct seam_model *model, const struct seam_injection *injection)
{
	struct seam_injection *free;

	if (injection->leaf >= SEAM_LEAVES || !injection->nth || !injection->times)
		return false;
	if (injection->kind == SEAM_INJECT_BAD_RESPONSE &&
	    !is_possible_bad_response(injection->leaf, injection->value))
		return false;
	if (injection->kind > SEAM_INJECT_NO_ENTROPY)
		return false;
	seam_for_each(free, model->injections) {
		if (free->times)
			continue;
		*free = *injection;
		return true;
	}
	return false;
}

uint32_t seam_model_pending_injections(const struct seam_model *model)
{
	const struct seam_injection *planned;
	uint32_t pending = 0;

	seam_for_each(planned, model->injections)
		pending += !!planned->times;
	return pending;
}

void seam_model_cancel_injections(struct seam_model *model)
{
	memset(model->injections, 0, sizeof(model->injections));
}

/*
 * Counts this call of @leaf in all planned faults. Copies the fault that is due now; if there is
 * none, times is 0.
 */
void seam_arm_injection(struct seam_model *model, uint16_t leaf, struct seam_injection *fault)
{
	struct seam_injection *planned;

	fault->times = 0;
	seam_for_each(planned, model->injections) {
		if (!planned->times || planned->leaf != leaf)
			continue;
		if (planned->nth > 1) {
			planned->nth--;
			continue;
		}
		if (fault->times)
			continue;
		*fault = *planned;
		planned->times--;
	}
}
