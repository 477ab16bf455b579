// SPDX-License-Identifier: GPL-2.0
/* Physical memory: the tables by address, and which parts of it are convertible. */
#include "internal.h"

struct seam_page *seam_model_page(struct seam_model *model, uint64_t hpa)
{
	const struct seam_memory *memory = &model->memory;

	if (hpa < memory->base || (hpa - memory->base) >> SEAM_PAGE_SHIFT >= memory->page_count)
		return NULL;
	return &memory->pages[(hpa - memory->base) >> SEAM_PAGE_SHIFT];
}

struct seam_region *seam_region_of(const struct seam_model *model, uint64_t hpa)
{
	return &model->memory.regions[(hpa - model->memory.base) / SEAM_REGION_SIZE];
}

struct seam_entry *seam_giga_of(const struct seam_model *model, uint64_t hpa)
{
	return &model->memory.gigas[(hpa - model->memory.base) / SEAM_GIGA_SIZE];
}

/* The last entry may describe memory beyond the tables, too. */
uint64_t seam_region_count(const struct seam_memory *memory)
{
	return (memory->page_count + SEAM_REGION_PAGES - 1) / SEAM_REGION_PAGES;
}

uint64_t seam_giga_count(const struct seam_memory *memory)
{
	return (seam_region_count(memory) + SEAM_REGION_PAGES - 1) / SEAM_REGION_PAGES;
}

uint32_t seam_index_of(const struct seam_model *model, const struct seam_page *page)
{
	return (uint32_t)(page - model->memory.pages);
}

struct seam_page *seam_page_by_index(struct seam_model *model, uint32_t index)
{
	return &model->memory.pages[index];
}

uint64_t seam_hpa_of(const struct seam_model *model, const struct seam_page *page)
{
	return model->memory.base + ((uint64_t)seam_index_of(model, page) << SEAM_PAGE_SHIFT);
}

struct seam_page *seam_next_written(const struct seam_model *model, const struct seam_page *page)
{
	const struct seam_memory *memory = &model->memory;
	uint64_t i = page ? (uint64_t)(page - memory->pages) + 1 : 0;

	while (i < memory->page_count && i % SEAM_REGION_PAGES == 0 &&
	       !__atomic_load_n(&memory->regions[i / SEAM_REGION_PAGES].written, __ATOMIC_RELAXED))
		i += SEAM_REGION_PAGES;
	return i < memory->page_count ? &memory->pages[i] : NULL;
}

bool seam_ranges_overlap(const struct seam_range *one, const struct seam_range *other)
{
	return one->base < other->base + other->size && other->base < one->base + one->size;
}

bool seam_is_in_tables(const struct seam_model *model, const struct seam_range *range)
{
	const struct seam_memory *memory = &model->memory;
	const uint64_t size = memory->page_count << SEAM_PAGE_SHIFT;

	if ((range->base | range->size) & (SEAM_PAGE_SIZE - 1) || !range->size ||
	    range->base < memory->base)
		return false;
	return range->size <= size && range->base - memory->base <= size - range->size;
}

bool seam_model_add_cmr(struct seam_model *model, uint64_t base, uint64_t size)
{
	const struct seam_range cmr = {base, size};
	uint32_t i, place = 0;

	if (model->cmr_count == SEAM_MAX_CMRS || !seam_is_in_tables(model, &cmr))
		return false;
	for (i = 0; i < model->cmr_count; i++) {
		if (seam_ranges_overlap(&model->cmrs[i], &cmr))
			return false;
		place += model->cmrs[i].base < base;
	}
	for (i = model->cmr_count++; i > place; i--)
		model->cmrs[i] = model->cmrs[i - 1];
	model->cmrs[place] = cmr;
	return true;
}

/* True also if the range spans several adjacent CMRs. */
bool seam_is_convertible(const struct seam_model *model, const struct seam_range *range)
{
	uint64_t base = range->base;
	const struct seam_range *cmr;

	seam_for_first(cmr, model->cmrs, model->cmr_count) {
		if (base < cmr->base || base >= cmr->base + cmr->size)
			continue;
		base = cmr->base + cmr->size;
		if (base >= range->base + range->size)
			return true;
	}
	return false;
}
