// SPDX-License-Identifier: GPL-2.0
/* TDH.MNG.*: from the creation of a TD to the release of its KeyID (1.5.25, tdh_mng_*.c). */
#include "internal.h"

/* Control pages of a TD: the 6th needs entropy; later ones only before the TD is initialised. */
#define MAX_CONTROL_PAGES     9
#define ENTROPY_CONTROL_PAGE  5
#define MINIMUM_CONTROL_PAGES 6

uint64_t seam_with_tdr(struct seam_call *call, enum seam_register which, enum seam_mode mode,
		       seam_td_fn *work)
{
	struct seam_walk tdr;
	uint64_t status;

	status = seam_lock_private(call, *seam_reg(call, which), which, SEAM_PT_TDR, mode, &tdr);
	if (status)
		return status;
	status = work(call, &call->model->tds[tdr.page->td]);
	seam_walk_end(&tdr);
	return status;
}

/* Executes @work with the KeyID table locked exclusively. */
static uint64_t with_key_table(struct seam_call *call, struct seam_td *td, seam_td_fn *work)
{
	struct seam_lock *lock = &call->model->kot_lock;
	uint64_t status;

	if (!seam_try_lock(lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_KOT;
	status = work(call, td);
	seam_unlock(lock, SEAM_EXCLUSIVE);
	return status;
}

/* A free row of the TD table, or NULL. The real module has no such table. */
static struct seam_td *claim_td(struct seam_model *model, uint32_t hkid)
{
	const unsigned long flags = model->ops->lock_books();
	struct seam_td *td, *claimed = NULL;

	seam_for_each(td, model->tds) {
		if (__atomic_load_n(&td->live, __ATOMIC_ACQUIRE))
			continue;
		*td = (struct seam_td){
			.live = true,
			.lifecycle = SEAM_HKID_ASSIGNED,
			.hkid = hkid,
			.first_entry = SEAM_NO_PAGE,
		};
		claimed = td;
		break;
	}
	model->ops->unlock_books(flags);
	return claimed;
}

static uint64_t assign_key(struct seam_call *call, struct seam_page *page, uint32_t hkid)
{
	struct seam_model *model = call->model;
	struct seam_td *td;

	if (model->keys[hkid].state != SEAM_KEY_FREE)
		return SEAM_HKID_NOT_FREE;
	td = seam_has_entropy(call) ? claim_td(model, hkid) : NULL;
	if (!td) {
		/* The real module writes the page before the last check that can fail. */
		seam_spoil_page(call, page, model->config.global_keyid);
		return SEAM_RND_NO_ENTROPY;
	}
	model->keys[hkid] = (struct seam_key){.state = SEAM_KEY_ASSIGNED};
	page->td = (uint16_t)(td - model->tds);
	seam_take_page(call, page, SEAM_PT_TDR, 0, model->config.global_keyid);
	return SEAM_SUCCESS;
}

uint64_t seam_mng_create(struct seam_call *call)
{
	struct seam_model *model = call->model;
	const uint64_t hkid = *seam_reg(call, SEAM_RDX);
	struct seam_walk page;
	uint64_t status;

	if (hkid <= model->config.shared_keyids || hkid >> model->config.keyid_bits)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	status = seam_lock_private(call, *seam_reg(call, SEAM_RCX), SEAM_RCX, SEAM_PT_NDA,
				   SEAM_EXCLUSIVE, &page);
	if (status)
		return status;
	if (seam_try_lock(&model->kot_lock, SEAM_EXCLUSIVE)) {
		status = assign_key(call, page.page, (uint32_t)hkid);
		seam_unlock(&model->kot_lock, SEAM_EXCLUSIVE);
	} else {
		status = SEAM_OPERAND_BUSY | SEAM_OPERAND_KOT;
	}
	seam_walk_end(&page);
	return status;
}

static uint64_t add_control_page(struct seam_call *call, struct seam_td *td)
{
	const uint64_t tdr = *seam_reg(call, SEAM_RDX);
	struct seam_walk page;
	uint64_t status;

	if (td->fatal)
		return SEAM_TD_FATAL;
	if (td->lifecycle != SEAM_KEYS_CONFIGURED)
		return SEAM_TD_KEYS_NOT_CONFIGURED;
	if (td->control_pages >= MAX_CONTROL_PAGES)
		return SEAM_TDCX_NUM_INCORRECT;
	status = seam_lock_private(call, *seam_reg(call, SEAM_RCX), SEAM_RCX, SEAM_PT_NDA,
				   SEAM_EXCLUSIVE, &page);
	if (status)
		return status;

	if (td->control_pages == ENTROPY_CONTROL_PAGE && !seam_has_entropy(call)) {
		seam_spoil_page(call, page.page, td->hkid);
		status = SEAM_RND_NO_ENTROPY;
	} else if (td->control_pages >= MINIMUM_CONTROL_PAGES && td->op_state) {
		seam_spoil_page(call, page.page, td->hkid);
		status = SEAM_OP_STATE_INCORRECT | td->op_state;
	} else {
		seam_take_page(call, page.page, SEAM_PT_TDCX, tdr, td->hkid);
		__atomic_fetch_add(&td->children, 1, __ATOMIC_RELAXED);
		td->control_pages++;
	}
	seam_walk_end(&page);
	return status;
}

uint64_t seam_mng_addcx(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RDX, SEAM_EXCLUSIVE, add_control_page);
}

static uint64_t configure_key(struct seam_call *call, struct seam_td *td)
{
	const uint32_t package = 1U << call->package;
	uint64_t status;

	if (td->fatal)
		return SEAM_TD_FATAL;
	if (td->lifecycle != SEAM_HKID_ASSIGNED)
		return SEAM_LIFECYCLE_STATE_INCORRECT;
	if (td->packages_with_key & package)
		return SEAM_KEY_CONFIGURED;
	status = seam_program_key(call->model);
	if (status)
		return status;
	td->packages_with_key |= package;
	if (td->packages_with_key == seam_all_packages(call->model))
		td->lifecycle = SEAM_KEYS_CONFIGURED;
	return SEAM_SUCCESS;
}

uint64_t seam_mng_key_config(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, configure_key);
}

static uint64_t block(struct seam_call *call, struct seam_td *td)
{
	struct seam_model *model = call->model;

	if (td->lifecycle != SEAM_HKID_ASSIGNED && td->lifecycle != SEAM_KEYS_CONFIGURED)
		return SEAM_LIFECYCLE_STATE_INCORRECT;
	/* Virtual processors exist only once the TD is initialised. */
	if (td->op_state && td->vcpus)
		return SEAM_FLUSHVP_NOT_DONE;
	td->lifecycle = SEAM_BLOCKED;
	model->keys[td->hkid] = (struct seam_key){
		.state = SEAM_KEY_FLUSHED,
		.packages_to_flush = seam_all_packages(model),
	};
	return SEAM_SUCCESS;
}

/* Checks the KeyID table before the lifecycle state, unlike KEY.FREEID. */
static uint64_t flush_done(struct seam_call *call, struct seam_td *td)
{
	return with_key_table(call, td, block);
}

uint64_t seam_mng_vpflushdone(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, flush_done);
}

static uint64_t free_key(struct seam_call *call, struct seam_td *td)
{
	struct seam_key *key = &call->model->keys[td->hkid];

	if (key->packages_to_flush)
		return SEAM_WBCACHE_NOT_COMPLETE;
	key->state = SEAM_KEY_FREE;
	td->lifecycle = SEAM_TEARDOWN;
	return SEAM_SUCCESS;
}

static uint64_t end_key(struct seam_call *call, struct seam_td *td)
{
	if (td->lifecycle != SEAM_BLOCKED)
		return SEAM_LIFECYCLE_STATE_INCORRECT;
	return with_key_table(call, td, free_key);
}

uint64_t seam_mng_key_freeid(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_EXCLUSIVE, end_key);
}

/* Ignores its operands and has no effect. */
uint64_t seam_mng_key_reclaimid(struct seam_call *call)
{
	return SEAM_SUCCESS;
}
