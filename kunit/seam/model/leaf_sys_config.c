// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.SYS.CONFIG: which memory the module manages, and where the PAMT is. The checks of each TDMR are
 * those of the real module, in its order (2.0.08, tdh_sys_config.c; 1.5.25 has the same checks).
 */
#include "internal.h"

#define TDMR_INFO_ALIGN	 512ULL
#define DYNAMIC_PAMT_BIT (1ULL << 16)

/* TDMR_INFO, as the host writes it. */
struct tdmr_info {
	struct seam_range range;
	struct seam_range pamt[3]; /* 1G, 2M, 4K */
	struct reserved_area {
		uint64_t offset;
		uint64_t size;
	} reserved[SEAM_MAX_RESERVED]; /* ended by a size of 0 */
};

/* The index of a level in pamt[] of TDMR_INFO. */
static uint32_t place_of(enum seam_level level)
{
	return SEAM_1G - level;
}

/* Adds details to a status: the TDMR, which part of it is wrong, and what it conflicts with. */
static uint64_t about(uint64_t status, uint32_t tdmr, uint32_t part, uint32_t other)
{
	return status + tdmr + ((uint64_t)part << 8) + ((uint64_t)other << 16);
}

/* True if the range ends below the KeyID bits and does not wrap. */
static bool is_addressable(const struct seam_model *model, const struct seam_range *range)
{
	const uint64_t end = 1ULL << model->config.address_bits;

	return range->size <= end && range->base <= end - range->size;
}

static uint64_t check_area(const struct seam_model *model, const struct tdmr_info *info,
			   uint32_t index)
{
	const struct seam_range *before = index ? &model->tdmrs[index - 1].range : NULL;

	if (info->range.base + info->range.size < info->range.base)
		return about(SEAM_INVALID_TDMR, index, 0, 0);
	if (before && info->range.base < before->base + before->size)
		return about(SEAM_NON_ORDERED_TDMR, index, 0, 0);
	if (!info->range.size || (info->range.base | info->range.size) & (SEAM_GIGA_SIZE - 1) ||
	    !is_addressable(model, &info->range))
		return about(SEAM_INVALID_TDMR, index, 0, 0);
	return SEAM_SUCCESS;
}

static uint64_t check_reserved(const struct tdmr_info *info, uint32_t index)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < SEAM_COUNT_OF(info->reserved); i++) {
		const uint64_t offset = info->reserved[i].offset, size = info->reserved[i].size;

		if (!size)
			continue;
		/* No entry may follow the end of the list. */
		if (i && !info->reserved[i - 1].size)
			return about(SEAM_NON_ORDERED_RESERVED, index, i - 1, 0);
		if (offset + size < offset)
			return about(SEAM_INVALID_RESERVED, index, i, 0);
		if (offset < end)
			return about(SEAM_NON_ORDERED_RESERVED, index, i, 0);
		if ((offset | size) & (SEAM_PAGE_SIZE - 1) || offset + size > info->range.size)
			return about(SEAM_INVALID_RESERVED, index, i, 0);
		end = offset + size;
	}
	return SEAM_SUCCESS;
}

/* @info has passed the checks that need no other TDMR. */
static void decode(const struct tdmr_info *info, struct seam_tdmr *tdmr)
{
	const struct reserved_area *area;
	uint32_t level;

	*tdmr = (struct seam_tdmr){.range = info->range};
	for (level = SEAM_4K; level <= SEAM_1G; level++)
		tdmr->pamt[level] = info->pamt[place_of(level)];
	seam_for_each(area, info->reserved)
		if (area->size)
			tdmr->reserved[tdmr->reserved_count++] = (struct seam_range){
				info->range.base + area->offset,
				area->size,
			};
}

static uint64_t check_pamt_sizes(const struct seam_model *model, const struct seam_tdmr *tdmr,
				 uint32_t index)
{
	int level;

	for (level = SEAM_1G; level >= SEAM_4K; level--) {
		const struct seam_range *pamt = &tdmr->pamt[level];

		if ((pamt->base | pamt->size) & (SEAM_PAGE_SIZE - 1) ||
		    !is_addressable(model, pamt) ||
		    pamt->size < seam_pamt_bytes(model, level, tdmr->range.size))
			return about(SEAM_INVALID_PAMT, index, level, 0);
	}
	return SEAM_SUCCESS;
}

static bool overlaps_pamt(const struct seam_range *range, const struct seam_tdmr *tdmr)
{
	return seam_ranges_overlap(range, &tdmr->pamt[SEAM_4K]) ||
	       seam_ranges_overlap(range, &tdmr->pamt[SEAM_2M]) ||
	       seam_ranges_overlap(range, &tdmr->pamt[SEAM_1G]);
}

/* Checks the PAMT against those of earlier TDMRs, and its own levels against each other. */
static uint64_t check_pamts_apart(const struct seam_model *model, uint32_t index)
{
	const struct seam_tdmr *tdmr = &model->tdmrs[index];
	uint32_t other, level;

	for (other = 0; other < index; other++)
		for (level = SEAM_4K; level <= SEAM_1G; level++)
			if (overlaps_pamt(&tdmr->pamt[level], &model->tdmrs[other]))
				return about(SEAM_PAMT_OVERLAP, index, level, other);
	if (seam_ranges_overlap(&tdmr->pamt[SEAM_4K], &tdmr->pamt[SEAM_2M]) ||
	    seam_ranges_overlap(&tdmr->pamt[SEAM_4K], &tdmr->pamt[SEAM_1G]))
		return about(SEAM_PAMT_OVERLAP, index, SEAM_4K, index);
	if (seam_ranges_overlap(&tdmr->pamt[SEAM_2M], &tdmr->pamt[SEAM_1G]))
		return about(SEAM_PAMT_OVERLAP, index, SEAM_2M, index);
	return SEAM_SUCCESS;
}

/* The next part of a TDMR between reserved areas; false after the last one. */
static bool next_available(const struct seam_tdmr *tdmr, uint32_t *next, struct seam_range *part)
{
	const uint64_t end = tdmr->range.base + tdmr->range.size;
	const struct seam_range *before;
	uint64_t until;

	while (*next <= tdmr->reserved_count) {
		before = *next ? &tdmr->reserved[*next - 1] : NULL;
		until = *next < tdmr->reserved_count ? tdmr->reserved[*next].base : end;
		part->base = before ? before->base + before->size : tdmr->range.base;
		part->size = until - part->base;
		(*next)++;
		if (part->size)
			return true;
	}
	return false;
}

static bool is_available(const struct seam_tdmr *tdmr, const struct seam_range *range)
{
	struct seam_range part;
	uint32_t next = 0;

	while (next_available(tdmr, &next, &part))
		if (seam_ranges_overlap(&part, range))
			return true;
	return false;
}

/* A PAMT inside any TDMR must be in a reserved area. */
static uint64_t check_pamts_reserved(const struct seam_model *model, uint32_t index)
{
	const struct seam_tdmr *tdmr = &model->tdmrs[index];
	uint32_t other, level;

	for (other = 0; other <= index; other++) {
		for (level = SEAM_4K; level <= SEAM_1G; level++)
			if (is_available(&model->tdmrs[other], &tdmr->pamt[level]))
				return about(SEAM_PAMT_OVERLAP, index, level, other);
		for (level = SEAM_4K; level <= SEAM_1G; level++)
			if (is_available(tdmr, &model->tdmrs[other].pamt[level]))
				return about(SEAM_PAMT_OVERLAP, other, level, index);
	}
	return SEAM_SUCCESS;
}

static uint64_t check_convertible(const struct seam_model *model, uint32_t index)
{
	const struct seam_tdmr *tdmr = &model->tdmrs[index];
	struct seam_range part;
	uint32_t next = 0;
	int level;

	for (level = SEAM_1G; level >= SEAM_4K; level--)
		if (!seam_is_convertible(model, &tdmr->pamt[level]))
			return about(SEAM_PAMT_OUTSIDE_CMRS, index, level, 0);
	while (next_available(tdmr, &next, &part))
		if (!seam_is_convertible(model, &part))
			return about(SEAM_TDMR_OUTSIDE_CMRS, index, 0, 0);
	return SEAM_SUCCESS;
}

static uint64_t add_tdmr(struct seam_model *model, const struct tdmr_info *info, uint32_t index)
{
	uint64_t status = check_area(model, info, index);

	status = status ? status : check_reserved(info, index);
	if (status)
		return status;
	decode(info, &model->tdmrs[index]);
	status = check_pamt_sizes(model, &model->tdmrs[index], index);
	status = status ? status : check_pamts_apart(model, index);
	status = status ? status : check_pamts_reserved(model, index);
	return status ? status : check_convertible(model, index);
}

static uint64_t add_tdmrs(struct seam_model *model, const uint64_t *list, uint32_t count)
{
	const struct tdmr_info *from;
	struct tdmr_info info;
	uint64_t status;
	uint32_t i;

	for (i = 0; i < count; i++) {
		from = seam_map_shared_aligned(model, list[i], TDMR_INFO_ALIGN);
		if (!from)
			return SEAM_OPERAND_INVALID | SEAM_RCX;
		/* Check a copy: the host may write to the original meanwhile. */
		info = *from;
		status = add_tdmr(model, &info, i);
		if (status)
			return status;
	}
	model->tdmr_count = count;
	return SEAM_SUCCESS;
}

bool seam_are_all_lps(const struct seam_model *model, uint32_t lps)
{
	const uint32_t all = (1U << model->config.lps) - 1;

	return (lps & all) == all;
}

/*
 * Version 1 enables features, as SYS.UPDATE does. Which modules have it is a guess, but some must be
 * without.
 */
static uint64_t enable_features(struct seam_call *call)
{
	struct seam_config *config = &call->model->config;
	const bool chooses = *seam_reg(call, SEAM_RAX) >> 16;
	const uint64_t features = chooses ? *seam_reg(call, SEAM_R9) : 0;

	if (chooses && config->major_version == 1 && config->minor_version < 5)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	if (features & ~config->features0)
		return SEAM_OPERAND_INVALID | SEAM_R9;
	config->enabled_features = features;
	return SEAM_SUCCESS;
}

uint64_t seam_configure(struct seam_call *call)
{
	struct seam_model *model = call->model;
	struct seam_config *config = &model->config;
	const uint64_t count = *seam_reg(call, SEAM_RDX);
	const uint64_t key = *seam_reg(call, SEAM_R8);
	const uint64_t hkid = key & 0xFFFF;
	const uint64_t *list = seam_map_shared_aligned(model, *seam_reg(call, SEAM_RCX),
						       TDMR_INFO_ALIGN);
	uint64_t status;

	if (config->sys_state != SEAM_SYSINIT_DONE ||
	    !seam_are_all_lps(model, model->initialised_lps))
		return SEAM_SYS_CONFIG_NOT_PENDING;
	if (!list)
		return SEAM_OPERAND_INVALID | SEAM_RCX;
	if (!count || count > SEAM_MAX_TDMRS)
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (key & ~(DYNAMIC_PAMT_BIT | 0xFFFF) || hkid <= config->shared_keyids ||
	    hkid >> config->keyid_bits)
		return SEAM_OPERAND_INVALID | SEAM_R8;
	status = enable_features(call);
	if (status)
		return status;

	model->keys[config->global_keyid].state = SEAM_KEY_FREE;
	model->keys[hkid].state = SEAM_KEY_RESERVED;
	config->global_keyid = (uint32_t)hkid;
	config->dynamic_pamt = !!(key & DYNAMIC_PAMT_BIT);
	status = add_tdmrs(model, list, (uint32_t)count);
	if (!status)
		config->sys_state = SEAM_SYSCONFIG_DONE;
	return status;
}
