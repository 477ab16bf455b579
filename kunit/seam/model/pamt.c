// SPDX-License-Identifier: GPL-2.0
/*
 * The PAMT: the owner of each page, the walk to its entry with the locks, and the checks of page
 * operands, all in the order of the real module (1.5.25, pamt_manager.c and helpers.c).
 */
#include "internal.h"

uint64_t seam_hkid_mask(const struct seam_model *model)
{
	return ((1ULL << model->config.keyid_bits) - 1) << model->config.address_bits;
}

uint64_t seam_check_form(const struct seam_model *model, uint64_t hpa, uint64_t size,
			 uint32_t operand)
{
	if (hpa & (size - 1) || hpa & seam_hkid_mask(model) || hpa >> 52)
		return SEAM_OPERAND_INVALID | operand;
	return SEAM_SUCCESS;
}

/* True if @region is a leaf; with Dynamic PAMT, if it has no page pair. */
static bool is_leaf(const struct seam_model *model, const struct seam_region *region)
{
	if (model->config.dynamic_pamt)
		return region->entry.type != SEAM_PT_PAMT;
	return region->entry.type != SEAM_PT_NDA;
}

static bool lock_leaf_above(struct seam_entry *entry, enum seam_mode mode)
{
	/* The walk already holds it shared, like every level above. */
	return mode == SEAM_SHARED || seam_try_promote(&entry->lock);
}

/* Also makes the entry dirty: every attempt to lock it writes to it. */
static bool lock_entry(struct seam_call *call, const struct seam_tdmr *tdmr, enum seam_level level,
		       uint64_t hpa, struct seam_lock *lock, enum seam_mode mode)
{
	const struct seam_range page = {hpa, SEAM_PAGE_SIZE};
	struct seam_model *model = call->model;
	const struct seam_region *region = seam_region_of(model, hpa);

	if (level == SEAM_4K && region->entry.type == SEAM_PT_PAMT)
		seam_make_dirty(
			call,
			seam_model_page(model, region->pair[hpa / (SEAM_REGION_SIZE / 2) % 2]),
			model->config.global_keyid);
	else
		seam_write_pamt(call, tdmr, level, &page);
	return seam_try_lock(lock, mode);
}

bool seam_walk(struct seam_call *call, const struct seam_tdmr *tdmr, uint64_t hpa,
	       enum seam_level target, enum seam_mode mode, struct seam_walk *walk)
{
	struct seam_model *model = call->model;

	*walk = (struct seam_walk){.giga = seam_giga_of(model, hpa), .mode = mode};
	if (!lock_entry(call, tdmr, SEAM_1G, hpa, &walk->giga->lock, SEAM_SHARED))
		return false;
	walk->leaf = walk->giga;
	walk->level = SEAM_1G;
	if (target == SEAM_1G || walk->giga->type != SEAM_PT_NDA) {
		if (lock_leaf_above(walk->giga, mode))
			return true;
		goto giga_held;
	}

	walk->region = seam_region_of(model, hpa);
	if (!lock_entry(call, tdmr, SEAM_2M, hpa, &walk->region->entry.lock, SEAM_SHARED))
		goto giga_held;
	walk->leaf = &walk->region->entry;
	walk->level = SEAM_2M;
	if (target == SEAM_2M || is_leaf(model, walk->region)) {
		if (lock_leaf_above(&walk->region->entry, mode))
			return true;
		goto region_held;
	}

	walk->page = seam_model_page(model, hpa);
	walk->leaf = &walk->page->entry;
	walk->level = SEAM_4K;
	if (lock_entry(call, tdmr, SEAM_4K, hpa, &walk->page->entry.lock, mode))
		return true;

region_held:
	seam_unlock(&walk->region->entry.lock, SEAM_SHARED);
giga_held:
	seam_unlock(&walk->giga->lock, SEAM_SHARED);
	return false;
}

struct seam_walk seam_walk_again(struct seam_model *model, uint64_t hpa)
{
	struct seam_page *page = seam_model_page(model, hpa);

	return (struct seam_walk){
		.giga = seam_giga_of(model, hpa),
		.region = seam_region_of(model, hpa),
		.page = page,
		.leaf = &page->entry,
		.level = SEAM_4K,
		.mode = SEAM_EXCLUSIVE,
	};
}

bool seam_is_half_unused(const struct seam_memory *memory, const struct seam_region *region,
			 uint32_t half)
{
	const uint64_t count = SEAM_REGION_PAGES / 2;
	const uint64_t first = SEAM_MIN((2 * (uint64_t)(region - memory->regions) + half) * count,
					memory->page_count);
	const struct seam_page *page;

	seam_for_first(page, memory->pages + first, SEAM_MIN(count, memory->page_count - first))
		if (page->entry.type != SEAM_PT_NDA)
			return false;
	return true;
}

struct seam_page *seam_lock_implicit(struct seam_call *call, uint64_t hpa, enum seam_mode mode)
{
	struct seam_page *page = seam_model_page(call->model, hpa);
	const struct seam_tdmr *tdmr = seam_tdmr_of(call->model, hpa);

	return lock_entry(call, tdmr, SEAM_4K, hpa, &page->entry.lock, mode) ? page : NULL;
}

void seam_walk_end(const struct seam_walk *walk)
{
	if (walk->page)
		seam_unlock(&walk->page->entry.lock, walk->mode);
	if (walk->region)
		seam_unlock(&walk->region->entry.lock, walk->page ? SEAM_SHARED : walk->mode);
	seam_unlock(&walk->giga->lock, walk->region ? SEAM_SHARED : walk->mode);
}

/* True if reserved or used for the PAMT itself; only Dynamic PAMT records that, in a bitmap. */
static bool is_in_bitmap(struct seam_model *model, uint64_t hpa)
{
	return model->config.dynamic_pamt && seam_model_page(model, hpa)->in_bitmap;
}

static uint64_t check_type(struct seam_model *model, const struct seam_walk *walk, uint64_t hpa,
			   uint32_t operand, enum seam_page_type wanted, bool any_size)
{
	if (walk->level != SEAM_4K && !any_size) {
		if (model->config.dynamic_pamt && wanted == SEAM_PT_NDA && walk->level == SEAM_2M &&
		    walk->leaf->type == SEAM_PT_NDA)
			return SEAM_MISSING_PAMT_PAGE_PAIR | operand;
		return SEAM_PAGE_METADATA_INCORRECT | operand;
	}
	if (walk->leaf->type != wanted || (wanted == SEAM_PT_NDA && is_in_bitmap(model, hpa)))
		return SEAM_PAGE_METADATA_INCORRECT | operand;
	return SEAM_SUCCESS;
}

static uint64_t lock_private(struct seam_call *call, uint64_t hpa, uint32_t operand,
			     enum seam_page_type wanted, enum seam_mode mode, bool any_size,
			     struct seam_walk *walk)
{
	struct seam_model *model = call->model;
	struct seam_tdmr *tdmr;
	uint64_t status = seam_check_form(model, hpa, SEAM_PAGE_SIZE, operand);

	if (hpa & seam_hkid_mask(model))
		seam_judge_report(model, SEAM_KEYID_IN_ADDRESS, (uint16_t)*seam_reg(call, SEAM_RAX),
				  hpa);
	if (status)
		return status;
	tdmr = seam_tdmr_of(model, hpa);
	if (!tdmr)
		return SEAM_OPERAND_ADDR_RANGE_ERROR | operand;
	if (!seam_walk(call, tdmr, hpa, SEAM_4K, mode, walk))
		return SEAM_OPERAND_BUSY | operand;
	status = check_type(model, walk, hpa, operand, wanted, any_size);
	if (status)
		seam_walk_end(walk);
	return status;
}

uint64_t seam_lock_private(struct seam_call *call, uint64_t hpa, uint32_t operand,
			   enum seam_page_type wanted, enum seam_mode mode, struct seam_walk *walk)
{
	return lock_private(call, hpa, operand, wanted, mode, false, walk);
}

uint64_t seam_lock_private_any_size(struct seam_call *call, uint64_t hpa, uint32_t operand,
				    enum seam_page_type wanted, enum seam_mode mode,
				    struct seam_walk *walk)
{
	return lock_private(call, hpa, operand, wanted, mode, true, walk);
}

/*
 * Shared operands are not looked up in the PAMT: a private page passes if its address has no
 * KeyID bits.
 */
uint64_t seam_check_shared_aligned(const struct seam_model *model, uint64_t hpa, uint64_t alignment,
				   uint32_t operand)
{
	const uint64_t hkid = (hpa & seam_hkid_mask(model)) >> model->config.address_bits;

	if (hpa & (alignment - 1) || hpa >> 52 || hkid > model->config.shared_keyids)
		return SEAM_OPERAND_INVALID | operand;
	return SEAM_SUCCESS;
}

uint64_t seam_check_shared(const struct seam_model *model, uint64_t hpa, uint32_t operand)
{
	return seam_check_shared_aligned(model, hpa, SEAM_PAGE_SIZE, operand);
}

void *seam_map_shared_aligned(const struct seam_model *model, uint64_t hpa, uint64_t alignment)
{
	uint8_t *page;

	if (seam_check_shared_aligned(model, hpa, alignment, 0))
		return NULL;
	page = model->ops->map(hpa & ~(SEAM_PAGE_SIZE - 1));
	return page ? page + hpa % SEAM_PAGE_SIZE : NULL;
}

void *seam_map_shared(const struct seam_model *model, uint64_t hpa)
{
	return seam_map_shared_aligned(model, hpa, SEAM_PAGE_SIZE);
}

void seam_spoil_page(struct seam_call *call, struct seam_page *page, uint32_t hkid)
{
	seam_make_dirty(call, page, hkid);
	page->held = true;
	if (call->model->config.partial_write_erratum)
		page->unconverted = ~0ULL;
	seam_scramble(call->model, page);
}

void seam_take_page(struct seam_call *call, struct seam_page *page, enum seam_page_type type,
		    uint64_t owner, uint32_t hkid)
{
	seam_judge_taken(call, page);
	seam_spoil_page(call, page, hkid);
	page->entry.owner = owner;
	page->entry.type = type;
	seam_history(call->model, SEAM_EVENT_TAKEN, 0, seam_hpa_of(call->model, page), hkid);
}

void seam_give_page_back(struct seam_model *model, struct seam_page *page)
{
	seam_judge_content(model, page);
	page->entry.type = SEAM_PT_NDA;
	seam_history(model, SEAM_EVENT_GIVEN_BACK, 0, seam_hpa_of(model, page), 0);
}
