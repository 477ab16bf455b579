// SPDX-License-Identifier: GPL-2.0
/*
 * The PAMT: whose each page is, the walk to it with its locks, and the checks that page operands go
 * through, all in the order of the real module (1.5.25, pamt_manager.c and helpers.c).
 */
#include "internal.h"

#define REGION_SIZE (SEAM_REGION_PAGES * SEAM_PAGE_SIZE)
#define GIGA_SIZE   (512 * REGION_SIZE)

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

/* A TDMR is usable gigabyte by gigabyte, as SYS.TDMR.INIT goes on. */
static bool is_initialised(const struct seam_tdmr *tdmr, uint64_t page)
{
	const uint32_t pages = GIGA_SIZE / SEAM_PAGE_SIZE;

	return tdmr->initialised == tdmr->page_count || page < tdmr->initialised / pages * pages;
}

struct seam_tdmr *seam_tdmr_of(struct seam_model *model, uint64_t hpa)
{
	struct seam_tdmr *tdmr;

	for (tdmr = model->tdmrs; tdmr < model->tdmrs + SEAM_MAX_TDMRS; tdmr++) {
		if (hpa < tdmr->base || (hpa - tdmr->base) >> SEAM_PAGE_SHIFT >= tdmr->page_count)
			continue;
		return is_initialised(tdmr, (hpa - tdmr->base) >> SEAM_PAGE_SHIFT) ? tdmr : NULL;
	}
	return NULL;
}

/* Is @region a leaf? With Dynamic PAMT all are that have no page pair. */
static bool is_leaf(const struct seam_model *model, const struct seam_region *region)
{
	if (model->config.dynamic_pamt)
		return region->entry.type != SEAM_PT_PAMT;
	return region->entry.type != SEAM_PT_NDA;
}

static bool lock_leaf_above(struct seam_entry *entry, enum seam_mode mode)
{
	/* It is held shared already, like every level on the way. */
	return mode == SEAM_SHARED || seam_try_promote(&entry->lock);
}

bool seam_walk(const struct seam_model *model, struct seam_tdmr *tdmr, uint64_t hpa,
	       enum seam_level target, enum seam_mode mode, struct seam_walk *walk)
{
	const uint64_t offset = hpa - tdmr->base;

	*walk = (struct seam_walk){
		.tdmr = tdmr,
		.giga = &tdmr->gigas[offset / GIGA_SIZE],
		.mode = mode,
	};
	if (!seam_try_lock(&walk->giga->lock, SEAM_SHARED))
		return false;
	walk->leaf = walk->giga;
	walk->level = SEAM_1G;
	if (target == SEAM_1G || walk->giga->type != SEAM_PT_NDA) {
		if (lock_leaf_above(walk->giga, mode))
			return true;
		goto giga_held;
	}

	walk->region = &tdmr->regions[offset / REGION_SIZE];
	if (!seam_try_lock(&walk->region->entry.lock, SEAM_SHARED))
		goto giga_held;
	walk->leaf = &walk->region->entry;
	walk->level = SEAM_2M;
	if (target == SEAM_2M || is_leaf(model, walk->region)) {
		if (lock_leaf_above(&walk->region->entry, mode))
			return true;
		goto region_held;
	}

	walk->page = &tdmr->pages[offset >> SEAM_PAGE_SHIFT];
	walk->leaf = &walk->page->entry;
	walk->level = SEAM_4K;
	if (seam_try_lock(&walk->page->entry.lock, mode))
		return true;

region_held:
	seam_unlock(&walk->region->entry.lock, SEAM_SHARED);
giga_held:
	seam_unlock(&walk->giga->lock, SEAM_SHARED);
	return false;
}

void seam_walk_end(const struct seam_walk *walk)
{
	if (walk->page)
		seam_unlock(&walk->page->entry.lock, walk->mode);
	if (walk->region)
		seam_unlock(&walk->region->entry.lock, walk->page ? SEAM_SHARED : walk->mode);
	seam_unlock(&walk->giga->lock, walk->region ? SEAM_SHARED : walk->mode);
}

/* Is the page reserved or used for the PAMT itself? Only Dynamic PAMT keeps that in a bitmap. */
static bool is_in_bitmap(const struct seam_model *model, const struct seam_tdmr *tdmr, uint64_t hpa)
{
	return model->config.dynamic_pamt &&
	       tdmr->pages[(hpa - tdmr->base) >> SEAM_PAGE_SHIFT].in_bitmap;
}

static uint64_t check_type(const struct seam_model *model, const struct seam_walk *walk,
			   uint64_t hpa, uint32_t operand, enum seam_page_type wanted,
			   bool any_size)
{
	if (walk->level != SEAM_4K && !any_size) {
		if (model->config.dynamic_pamt && wanted == SEAM_PT_NDA && walk->level == SEAM_2M &&
		    walk->leaf->type == SEAM_PT_NDA)
			return SEAM_MISSING_PAMT_PAGE_PAIR | operand;
		return SEAM_PAGE_METADATA_INCORRECT | operand;
	}
	if (walk->leaf->type != wanted)
		return SEAM_PAGE_METADATA_INCORRECT | operand;
	if (wanted == SEAM_PT_NDA && is_in_bitmap(model, walk->tdmr, hpa))
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
	if (!seam_walk(model, tdmr, hpa, SEAM_4K, mode, walk))
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
 * Shared operands are not looked up at all: a private page passes when it is addressed without a
 * KeyID.
 */
uint64_t seam_check_shared(const struct seam_model *model, uint64_t hpa, uint32_t operand)
{
	const uint64_t hkid = (hpa & seam_hkid_mask(model)) >> model->config.address_bits;

	if (hpa & (SEAM_PAGE_SIZE - 1) || hpa >> 52 || hkid > model->config.shared_keyids)
		return SEAM_OPERAND_INVALID | operand;
	return SEAM_SUCCESS;
}

struct seam_page *seam_model_page(struct seam_model *model, uint64_t hpa)
{
	struct seam_tdmr *tdmr = seam_tdmr_of(model, hpa);

	return tdmr ? &tdmr->pages[(hpa - tdmr->base) >> SEAM_PAGE_SHIFT] : NULL;
}

uint32_t seam_index_of(const struct seam_model *model, const struct seam_page *page)
{
	const struct seam_tdmr *tdmr;
	uint32_t before = 0;

	for (tdmr = model->tdmrs; page < tdmr->pages || page >= tdmr->pages + tdmr->page_count;
	     tdmr++)
		before += tdmr->page_count;
	return before + (uint32_t)(page - tdmr->pages);
}

struct seam_page *seam_page_by_index(struct seam_model *model, uint32_t index)
{
	struct seam_tdmr *tdmr;

	for (tdmr = model->tdmrs; index >= tdmr->page_count; tdmr++)
		index -= tdmr->page_count;
	return &tdmr->pages[index];
}

uint64_t seam_hpa_of(const struct seam_model *model, const struct seam_page *page)
{
	const struct seam_tdmr *tdmr;

	for (tdmr = model->tdmrs; page < tdmr->pages || page >= tdmr->pages + tdmr->page_count;)
		tdmr++;
	return tdmr->base + ((uint64_t)(page - tdmr->pages) << SEAM_PAGE_SHIFT);
}

void seam_spoil_page(struct seam_model *model, struct seam_page *page, uint32_t hkid)
{
	seam_keys_add(&page->dirty, hkid);
	if (model->config.partial_write_erratum)
		page->unconverted = ~0ULL;
	seam_scramble(model, page);
}

void seam_take_page(struct seam_model *model, struct seam_page *page, enum seam_page_type type,
		    uint64_t owner, uint32_t hkid)
{
	seam_spoil_page(model, page, hkid);
	page->next = SEAM_NO_PAGE;
	page->entry.owner = owner;
	page->entry.type = type;
	seam_history(model, SEAM_EVENT_TAKEN, 0, seam_hpa_of(model, page), hkid);
}

void seam_give_page_back(struct seam_model *model, struct seam_page *page)
{
	if (!seam_scramble_intact(model, page))
		seam_judge_report(model, SEAM_HOST_WROTE, 0, seam_hpa_of(model, page));
	page->entry.type = SEAM_PT_NDA;
	page->next = SEAM_NO_PAGE;
	seam_history(model, SEAM_EVENT_GIVEN_BACK, 0, seam_hpa_of(model, page), 0);
}
