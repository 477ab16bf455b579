// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.MEM.*: the private memory of a TD (1.5.25, tdh_mem_*.c), with 4K pages only. The TD itself is not
 * modelled: a page added by MEM.PAGE.AUG stays pending, because no TD accepts it.
 */
#include "internal.h"

#define LEVEL 0x7ULL

/* The operand in RCX: a guest physical address, and a level of the S-EPT. */
struct place {
	uint64_t gpa;
	uint32_t level;
};

static struct place place_of(struct seam_call *call)
{
	const uint64_t word = *seam_reg(call, SEAM_RCX);

	return (struct place){word & SEAM_HPA_MASK, (uint32_t)(word & LEVEL)};
}

static bool is_valid(struct seam_call *call, uint32_t lowest, uint32_t highest)
{
	const struct place place = place_of(call);

	if (*seam_reg(call, SEAM_RCX) != (place.gpa | place.level) || place.level < lowest ||
	    place.level > highest)
		return false;
	return !(place.gpa & ((SEAM_PAGE_SIZE << 9 * place.level) - 1));
}

bool seam_is_private_gpa(const struct seam_td *td, uint64_t gpa)
{
	return !(gpa >> (td->params.gpa_bits - 1));
}

uint64_t seam_with_sept_of(struct seam_call *call, enum seam_mode mode, seam_td_fn *work)
{
	const uint64_t status = seam_with_tdr(call, SEAM_RDX, mode, work);

	*seam_reg(call, SEAM_RCX) = call->outputs[0];
	*seam_reg(call, SEAM_RDX) = call->outputs[1];
	return status;
}

/* The checks that all of these leaves begin with. */
static uint64_t check(struct seam_call *call, const struct seam_td *td, uint32_t states,
		      uint32_t lowest, uint32_t highest, struct place *place)
{
	const uint64_t status = seam_check_td(td, states);

	if (status)
		return status;
	*place = place_of(call);
	if (!is_valid(call, lowest, highest) || !seam_is_private_gpa(td, place->gpa))
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	return SEAM_SUCCESS;
}

/* The entry of @place. */
static uint64_t find(struct seam_call *call, const struct seam_td *td, const struct place *place,
		     struct seam_sept_entry *entry)
{
	if (seam_sept_find(call->model, td, place->gpa, place->level, entry))
		return SEAM_SUCCESS;
	seam_sept_tell(call, entry);
	return SEAM_EPT_WALK_FAILED | SEAM_RCX;
}

static uint64_t wrong_state(struct seam_call *call, const struct seam_sept_entry *entry)
{
	seam_sept_tell(call, entry);
	return SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX;
}

/* Takes the page in R8, and makes the entry of @place refer to it. */
static uint64_t map(struct seam_call *call, struct seam_td *td, const struct place *place,
		    enum seam_page_type type, enum seam_sept_state state)
{
	const uint64_t tdr = *seam_reg(call, SEAM_RDX);
	struct seam_walk page;
	uint64_t status;

	status = seam_lock_private(call, *seam_reg(call, SEAM_R8), SEAM_R8, SEAM_PT_NDA,
				   SEAM_EXCLUSIVE, &page);
	if (status)
		return status;
	if (seam_sept_link(call->model, td, place->gpa, place->level, page.page, state)) {
		seam_take_page(call, page.page, type, tdr, td->hkid);
		page.page->entry.epoch = 0;
		__atomic_fetch_add(&td->children, 1, __ATOMIC_RELAXED);
	} else {
		/* Another logical processor has just mapped a page there: it held the entry's lock. */
		status = SEAM_OPERAND_BUSY | SEAM_RCX;
	}
	seam_walk_end(&page);
	return status;
}

static uint64_t map_if_free(struct seam_call *call, struct seam_td *td, const struct place *place,
			    enum seam_page_type type, enum seam_sept_state state)
{
	struct seam_sept_entry entry;
	const uint64_t status = find(call, td, place, &entry);

	if (status)
		return status;
	return entry.page ? wrong_state(call, &entry) : map(call, td, place, type, state);
}

/* Executes @work with the S-EPT locked; calls that only add entries lock it shared. */
static uint64_t with_tree(struct seam_call *call, struct seam_td *td, enum seam_mode mode,
			  seam_td_fn *work)
{
	uint64_t status;

	if (!seam_try_lock(&td->sept_lock, mode))
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_SEPT_TREE;
	status = work(call, td);
	seam_unlock(&td->sept_lock, mode);
	return status;
}

static uint64_t add_table(struct seam_call *call, struct seam_td *td)
{
	const struct place place = place_of(call);

	return map_if_free(call, td, &place, SEAM_PT_EPT, SEAM_SEPT_NL_MAPPED);
}

static uint64_t sept_add(struct seam_call *call, struct seam_td *td)
{
	struct place place;
	const uint64_t status = check(call, td, SEAM_ONCE_INITIALIZED, 1, td->params.top_level,
				      &place);

	return status ? status : with_tree(call, td, SEAM_SHARED, add_table);
}

/* Version 1 is for nested VMs of the TD, which this model does not have. */
uint64_t seam_mem_sept_add(struct seam_call *call)
{
	if (*seam_reg(call, SEAM_RAX) >> 16)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	return seam_with_sept_of(call, SEAM_SHARED, sept_add);
}

/* The content of the source page is not kept: the host would only see it encrypted. */
static uint64_t page_add(struct seam_call *call, struct seam_td *td)
{
	struct place place;
	struct seam_sept_entry entry;
	uint64_t status = check(call, td, SEAM_WHILE_INITIALIZED, 0, 0, &place);

	status = status ? status : find(call, td, &place, &entry);
	if (!status && entry.page)
		status = wrong_state(call, &entry);
	status = status ? status
			: seam_check_shared(call->model, *seam_reg(call, SEAM_R9), SEAM_R9);
	return status ? status : map(call, td, &place, SEAM_PT_REG, SEAM_SEPT_MAPPED);
}

uint64_t seam_mem_page_add(struct seam_call *call)
{
	return seam_with_sept_of(call, SEAM_EXCLUSIVE, page_add);
}

static uint64_t add_pending(struct seam_call *call, struct seam_td *td)
{
	const struct place place = place_of(call);

	return map_if_free(call, td, &place, SEAM_PT_REG, SEAM_SEPT_PENDING);
}

/* From now on the TD may accept the page and write to it at any time. */
static uint64_t page_aug(struct seam_call *call, struct seam_td *td)
{
	struct place place;
	const uint64_t status = check(call, td, SEAM_ONCE_INITIALIZED, 0, 0, &place);

	return status ? status : with_tree(call, td, SEAM_SHARED, add_pending);
}

uint64_t seam_mem_page_aug(struct seam_call *call)
{
	return seam_with_sept_of(call, SEAM_SHARED, page_aug);
}

static uint64_t block(struct seam_call *call, struct seam_td *td)
{
	const struct place place = place_of(call);
	struct seam_sept_entry entry;
	const uint64_t status = find(call, td, &place, &entry);

	if (status)
		return status;
	switch (seam_sept_state_of(&entry)) {
	case SEAM_SEPT_MAPPED:
		entry.page->sept_state = SEAM_SEPT_BLOCKED;
		break;
	case SEAM_SEPT_PENDING:
		entry.page->sept_state = SEAM_SEPT_PENDING_BLOCKED;
		break;
	case SEAM_SEPT_NL_MAPPED:
		entry.page->sept_state = SEAM_SEPT_NL_BLOCKED;
		break;
	case SEAM_SEPT_BLOCKED:
	case SEAM_SEPT_PENDING_BLOCKED:
	case SEAM_SEPT_NL_BLOCKED:
		seam_sept_tell(call, &entry);
		return SEAM_GPA_RANGE_ALREADY_BLOCKED | SEAM_RCX;
	case SEAM_SEPT_FREE:
		return wrong_state(call, &entry);
	}
	entry.page->entry.epoch = __atomic_load_n(&td->epoch, __ATOMIC_RELAXED);
	return SEAM_SUCCESS;
}

static uint64_t range_block(struct seam_call *call, struct seam_td *td)
{
	struct place place;
	const uint64_t status = check(call, td, SEAM_ONCE_INITIALIZED, 0, td->params.top_level,
				      &place);

	return status ? status : with_tree(call, td, SEAM_EXCLUSIVE, block);
}

uint64_t seam_mem_range_block(struct seam_call *call)
{
	return seam_with_sept_of(call, SEAM_SHARED, range_block);
}

/* In a runnable TD a page must be blocked and TLB tracking be done before it is removed. */
static uint64_t check_removal(struct seam_call *call, const struct seam_td *td,
			      const struct seam_sept_entry *entry)
{
	const uint64_t epoch = __atomic_load_n(&td->epoch, __ATOMIC_RELAXED);

	switch (seam_sept_state_of(entry)) {
	case SEAM_SEPT_MAPPED:
	case SEAM_SEPT_PENDING:
		if (td->op_state != SEAM_TD_RUNNABLE)
			return SEAM_SUCCESS;
		seam_sept_tell(call, entry);
		return SEAM_GPA_RANGE_NOT_BLOCKED | SEAM_RCX;
	case SEAM_SEPT_BLOCKED:
	case SEAM_SEPT_PENDING_BLOCKED:
		if (td->op_state != SEAM_TD_RUNNABLE || entry->page->entry.epoch < epoch)
			return SEAM_SUCCESS;
		return SEAM_TLB_TRACKING_NOT_DONE | SEAM_RCX;
	case SEAM_SEPT_FREE:
	case SEAM_SEPT_NL_MAPPED:
	case SEAM_SEPT_NL_BLOCKED:
		break;
	}
	return wrong_state(call, entry);
}

/* The caller holds the lock of the page, so that no other call changes its entry. */
static uint64_t unmap(struct seam_call *call, struct seam_td *td, const struct place *place)
{
	struct seam_sept_entry entry;
	uint64_t status = find(call, td, place, &entry);

	status = status ? status : check_removal(call, td, &entry);
	if (status)
		return status;
	seam_sept_unlink(call->model, td, &entry);
	__atomic_fetch_sub(&td->children, 1, __ATOMIC_RELAXED);
	seam_give_page_back(call->model, entry.page);
	call->outputs[0] = seam_hpa_of(call->model, entry.page);
	return SEAM_SUCCESS;
}

/* Finds the page through the entry, and locks it to keep the entry as it is. */
static uint64_t remove_page(struct seam_call *call, struct seam_td *td)
{
	const struct place place = place_of(call);
	struct seam_sept_entry entry;
	uint64_t status = find(call, td, &place, &entry);
	struct seam_page *page;

	if (status)
		return status;
	if (!entry.page)
		return wrong_state(call, &entry);
	page = seam_lock_implicit(call, seam_hpa_of(call->model, entry.page), SEAM_EXCLUSIVE);
	if (!page)
		return SEAM_OPERAND_BUSY | SEAM_RCX;
	status = unmap(call, td, &place);
	seam_unlock(&page->entry.lock, SEAM_EXCLUSIVE);
	return status;
}

static uint64_t page_remove(struct seam_call *call, struct seam_td *td)
{
	struct place place;
	const uint64_t status = check(call, td, SEAM_ONCE_INITIALIZED, 0, 0, &place);

	return status ? status : with_tree(call, td, SEAM_SHARED, remove_page);
}

/* Returns the HPA of the removed page in RCX. */
uint64_t seam_mem_page_remove(struct seam_call *call)
{
	return seam_with_sept_of(call, SEAM_SHARED, page_remove);
}

/* While another call runs no virtual processor is in the TD: the previous epoch has ended. */
static uint64_t track(struct seam_call *call, struct seam_td *td)
{
	const uint64_t status = seam_check_td(td, SEAM_ONCE_INITIALIZED);

	if (status)
		return status;
	if (!seam_try_lock(&td->epoch_lock, SEAM_EXCLUSIVE))
		return SEAM_OPERAND_BUSY | SEAM_OPERAND_TD_EPOCH;
	__atomic_fetch_add(&td->epoch, 1, __ATOMIC_RELAXED);
	seam_unlock(&td->epoch_lock, SEAM_EXCLUSIVE);
	return SEAM_SUCCESS;
}

uint64_t seam_mem_track(struct seam_call *call)
{
	return seam_with_tdr(call, SEAM_RCX, SEAM_SHARED, track);
}
