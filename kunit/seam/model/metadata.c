// SPDX-License-Identifier: GPL-2.0
/* TDH.SYS.RD: the global metadata fields of the module. */
#include "internal.h"

#define NULL_FIELD ~0ULL

/*
 * Bits of a field id that SYS.RD ignores: non-architectural (63), context (54:52), write
 * mask valid (51), increment (50), element size (33:32).
 */
#define IGNORED_ID_BITS (1ULL << 63 | 0x7ULL << 52 | 1ULL << 51 | 1ULL << 50 | 0x3ULL << 32)

enum source {
	CONSTANT,
	MINOR_VERSION,
	MAJOR_VERSION,
	UPDATE_VERSION,
	FEATURES0,
	QUOTE_BYTES,
	IDE_PAGES,
	SPDM_PAGES,
	IOMMU_PAGES,
	DEVICE_INFO_PAGES,
	EXT_REQUIRED,
	EXT_PAGES,
	CPUID_LEAF, /* configurable CPUID leaf, by its index in the table */
	CPUID_LOW,  /* which bits of EAX and EBX may be set */
	CPUID_HIGH, /* which bits of ECX and EDX may be set */
};

struct field {
	uint64_t id;
	enum source source;
	uint64_t value;	  /* the constant, or an index in a table */
	uint64_t feature; /* the field exists only with this feature */
};

/*
 * Sorted by id without the ignored bits. Sizes and limits are those of 1.5.25.
 */
static const struct field fields[] = {
	{0x0000000200000000, CONSTANT, 2, 0},
	{0x0800000200000000, CONSTANT, 0x8086, 0}, /* vendor */
	{0x0800000100000003, MINOR_VERSION, 0, 0},
	{0x0800000100000004, MAJOR_VERSION, 0, 0},
	{0x0800000100000005, UPDATE_VERSION, 0, 0},
	{0x8900000100000000, CONSTANT, 1, 0}, /* version of the handoff data of an update */
	{0x0A00000300000000, CONSTANT, 0, 0},
	{0x0A00000300000008, FEATURES0, 0, 0},
	{0x9100000100000008, CONSTANT, SEAM_MAX_TDMRS, 0},
	{0x9100000100000009, CONSTANT, SEAM_MAX_RESERVED, 0},
	{0x9100000100000010, CONSTANT, SEAM_PAMT_ENTRY_SIZE, 0}, /* 4K, 2M, 1G */
	{0x9100000100000011, CONSTANT, SEAM_PAMT_ENTRY_SIZE, 0},
	{0x9100000100000012, CONSTANT, SEAM_PAMT_ENTRY_SIZE, 0},
	{0x9100000000000013, CONSTANT, 1, 0},
	{0x9100000000000014, CONSTANT, 0, 0},
	{0x9800000100000000, CONSTANT, 0x1000, 0}, /* TDR */
	{0x9800000100000100, CONSTANT, 0x6000, 0}, /* TDCS */
	{0x9800000100000200, CONSTANT, 0x6000, 0}, /* TDVPS */
	{0x1900000300000000, CONSTANT, SEAM_ATTRIBUTES_FIXED0, 0},
	{0x1900000300000001, CONSTANT, SEAM_ATTRIBUTES_FIXED1, 0},
	{0x1900000300000002, CONSTANT, SEAM_XFAM_FIXED0, 0},
	{0x1900000300000003, CONSTANT, SEAM_XFAM_FIXED1, 0},
	{0x9900000100000004, CONSTANT, SEAM_CPUID_CONFIGS, 0},
	{0x9900000100000008, CONSTANT, SEAM_VCPUS_OF_TD, 0},
	{0x9900000300000400, CPUID_LEAF, 0, 0},
	{0x9900000300000401, CPUID_LEAF, 1, 0},
	{0x9900000300000402, CPUID_LEAF, 2, 0},
	{0x9900000300000403, CPUID_LEAF, 3, 0},
	{0x9900000300000500, CPUID_LOW, 0, 0},
	{0x9900000300000501, CPUID_HIGH, 0, 0},
	{0x9900000300000502, CPUID_LOW, 1, 0},
	{0x9900000300000503, CPUID_HIGH, 1, 0},
	{0x9900000300000504, CPUID_LOW, 2, 0},
	{0x9900000300000505, CPUID_HIGH, 2, 0},
	{0x9900000300000506, CPUID_LOW, 3, 0},
	{0x9900000300000507, CPUID_HIGH, 3, 0},
	{0x2300000200000002, QUOTE_BYTES, 0, SEAM_FEATURE_QUOTE},
	{0x3000000100000001, IDE_PAGES, 0, SEAM_FEATURE_TDXCONNECT},
	{0x3000000100000002, SPDM_PAGES, 0, SEAM_FEATURE_TDXCONNECT},
	{0x3000000100000003, IOMMU_PAGES, 0, SEAM_FEATURE_TDXCONNECT},
	{0x3000000100000007, DEVICE_INFO_PAGES, 0, SEAM_FEATURE_TDXCONNECT},
	{0x3100000000000001, EXT_REQUIRED, 0, SEAM_FEATURE_EXT},
	{0x3100000200000000, EXT_PAGES, 0, SEAM_FEATURE_EXT},
	{NULL_FIELD, CONSTANT, 0, 0}, /* the end */
};

/* Extension memory that is still missing. */
static uint32_t missing_pages(const struct seam_model *model)
{
	const uint32_t wanted = model->config.ext_pool_pages, given = model->ext_pages_given;

	return wanted - SEAM_MIN(wanted, given);
}

static uint64_t value_of(const struct seam_model *model, const struct field *field)
{
	switch (field->source) {
	case CONSTANT:
		break;
	case MINOR_VERSION:
		return model->config.minor_version;
	case MAJOR_VERSION:
		return model->config.major_version;
	case UPDATE_VERSION:
		return model->config.update_version;
	case FEATURES0:
		return model->config.features0;
	case QUOTE_BYTES:
		return model->config.quote_bytes;
	case IDE_PAGES:
		return model->config.ide_pages;
	case SPDM_PAGES:
		return model->config.spdm_pages;
	case IOMMU_PAGES:
		return model->config.iommu_pages;
	case DEVICE_INFO_PAGES:
		return (model->config.output_bytes + SEAM_PAGE_SIZE - 1) / SEAM_PAGE_SIZE;
	case EXT_REQUIRED:
		return seam_needs_extensions(model);
	case EXT_PAGES:
		return missing_pages(model);
	case CPUID_LEAF:
		return (uint64_t)seam_cpuid_configs[field->value].subleaf << 32 |
		       seam_cpuid_configs[field->value].leaf;
	case CPUID_LOW:
	case CPUID_HIGH:
		return seam_cpuid_configs[field->value]
			.bits.value[field->source == CPUID_HIGH ? 1 : 0];
	}
	return field->value;
}

static bool exists(const struct seam_model *model, const struct field *field)
{
	if (field->source == QUOTE_BYTES && !model->quote_initialised)
		return false;
	return !(field->feature & ~seam_features(&model->config));
}

/* The id of the first field at or after @field that exists, or NULL_FIELD. */
static uint64_t next_id(const struct seam_model *model, const struct field *field)
{
	while (!exists(model, field))
		field++;
	return field->id;
}

/* Outputs are written on errors too. The next field is that of this table, which is incomplete. */
uint64_t seam_sys_rd(struct seam_call *call)
{
	const struct seam_model *model = call->model;
	const uint64_t wanted = *seam_reg(call, SEAM_RDX);
	const struct field *field;

	*seam_reg(call, SEAM_RDX) = NULL_FIELD;
	*seam_reg(call, SEAM_R8) = 0;
	if (!(model->initialised_lps >> call->lp & 1))
		return SEAM_SYS_LP_INIT_NOT_DONE;

	if (wanted == NULL_FIELD) {
		*seam_reg(call, SEAM_RDX) = next_id(model, fields);
		return SEAM_METADATA_FIRST_FIELD;
	}
	for (field = fields; field->id != NULL_FIELD; field++) {
		if ((field->id & ~IGNORED_ID_BITS) != (wanted & ~IGNORED_ID_BITS) ||
		    !exists(model, field))
			continue;
		*seam_reg(call, SEAM_R8) = value_of(model, field);
		*seam_reg(call, SEAM_RDX) = next_id(model, field + 1);
		return SEAM_SUCCESS;
	}
	return SEAM_METADATA_ID_INCORRECT;
}
