// SPDX-License-Identifier: GPL-2.0
/* TDH.PHYMEM.CACHE.WB: writes one package's caches back, in steps (1.5.25, tdh_phymem_cache_wb.c). */
#include "internal.h"

/* The KeyIDs that wait for a write-back; they keep this state until KEY.FREEID. */
static struct seam_keys flushed_keys(const struct seam_model *model)
{
	struct seam_keys keys = {};
	uint32_t hkid;

	for (hkid = 0; hkid < SEAM_COUNT_OF(model->keys); hkid++)
		if (model->keys[hkid].state == SEAM_KEY_FLUSHED)
			seam_keys_add(&keys, hkid);
	return keys;
}

/*
 * @keys is the set of KeyIDs at the start, also after a resumption: if one was freed and assigned to
 * another TD in between, the package is cleared for that TD too.
 */
static void finish(struct seam_call *call, const struct seam_keys *keys)
{
	uint32_t hkid;

	seam_package_written_back(call, keys);
	for (hkid = 0; hkid < SEAM_COUNT_OF(call->model->keys); hkid++)
		if (seam_keys_has(keys, hkid))
			__atomic_fetch_and(&call->model->keys[hkid].packages_to_flush,
					   ~(1U << call->package), __ATOMIC_RELAXED);
}

/* Checks for interrupts between two steps. */
static uint64_t run(struct seam_call *call, struct seam_write_back *state)
{
	const struct seam_config *config = &call->model->config;

	while (++state->next_block < config->cache_blocks) {
		if (config->interrupted) {
			state->saved = true;
			return SEAM_INTERRUPTED_RESUMABLE;
		}
	}
	state->saved = false;
	finish(call, &state->keys);
	return SEAM_SUCCESS;
}

static uint64_t start_or_resume(struct seam_call *call, struct seam_write_back *state, bool resume)
{
	if (resume)
		return state->saved ? run(call, state) : SEAM_WBCACHE_RESUME_ERROR;

	/* A start discards an interrupted write-back, even if there is nothing to write back. */
	state->saved = false;
	state->next_block = 0;
	state->keys = flushed_keys(call->model);
	return seam_keys_none(&state->keys) ? SEAM_NO_HKID_READY_TO_WBCACHE : run(call, state);
}

uint64_t seam_phymem_cache_wb(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_write_back *state = &model->write_back[call->package];
	const uint64_t command = *seam_reg(call, SEAM_RCX);
	uint64_t status;

	if (command > 1)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (!seam_try_lock(&state->lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_WBCACHE;
	if (seam_try_lock(&model->kot_lock, SEAM_SHARED)) {
		status = start_or_resume(call, state, command == 1);
		seam_unlock(&model->kot_lock, SEAM_SHARED);
	} else {
		status = SEAM_OPERAND_BUSY | SEAM_OPERAND_KOT;
	}
	seam_unlock(&state->lock, SEAM_EXCLUSIVE);
	return status;
}
