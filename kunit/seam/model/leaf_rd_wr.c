// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.MNG.RD, TDH.VP.RD and TDH.VP.WR: fields of a TD and of its virtual processors. Only fields that
 * Linux uses, and those that TD_PARAMS sets.
 */
#include "internal.h"

#define NULL_FIELD ~0ULL

/*
 * Bits of a field id that are ignored, as in SYS.RD: non-architectural (63), context (54:52),
 * write mask valid (51), increment (50), element size (33:32).
 */
#define IGNORED_ID_BITS (1ULL << 63 | 0x7ULL << 52 | 1ULL << 51 | 1ULL << 50 | 0x3ULL << 32)

/* The virtual TSC has the frequency of the platform's. */
#define TSC_MULTIPLIER (1ULL << 48)

/* Field id of CPUID values: bit 31 and bits 6:0 of the leaf, the subleaf or all ones, the half. */
#define CPUID_FIELD(LEAF, SUBLEAF) \
	(0x9410000300000000ULL | (uint64_t)((LEAF) >> 31) << 16 | (uint64_t)((LEAF)&0x7F) << 9 | \
	 (uint64_t)((SUBLEAF)&0x7F) << 1 | ((SUBLEAF) == 0xFFFFFFFF ? 1ULL << 8 : 0))

static bool is_field(uint64_t id, uint64_t wanted)
{
	return (id & ~IGNORED_ID_BITS) == (wanted & ~IGNORED_ID_BITS);
}

/* A CPUID leaf that returns the highest leaf. The vendor is "GenuineIntel" in both. */
struct cpuid_range {
	uint32_t leaf;
	uint32_t highest;
};
static const struct cpuid_range cpuid_ranges[] = {{0, 0x1F}, {0x80000000, 0x80000008}};

static bool read_cpuid(const struct seam_td *td, uint64_t id, uint64_t *value)
{
	const struct cpuid_range *range;
	const struct seam_cpuid_config *config;
	uint32_t half;

	seam_for_each(range, cpuid_ranges) {
		if (is_field(id, CPUID_FIELD(range->leaf, 0xFFFFFFFF))) {
			*value = 0x756E6547ULL << 32 | range->highest;
			return true;
		}
		if (is_field(id, CPUID_FIELD(range->leaf, 0xFFFFFFFF) | 1)) {
			*value = 0x49656E69ULL << 32 | 0x6C65746E;
			return true;
		}
	}
	seam_for_each(config, seam_cpuid_configs) {
		for (half = 0; half < 2; half++) {
			if (!is_field(id, CPUID_FIELD(config->leaf, config->subleaf) | half))
				continue;
			*value = td->params.cpuid[config - seam_cpuid_configs].value[half];
			return true;
		}
	}
	return false;
}

static bool read_td(const struct seam_td *td, uint64_t id, uint64_t *value)
{
	const struct {
		uint64_t id, value;
	} fields[] = {
		{0x1110000300000000, td->params.attributes},
		{0x1110000300000001, td->params.xfam},
		{0x1110000200000002, td->params.max_vcpus},
		{0x111000030000000A, 0}, /* TSC offset */
		{0x111000030000000B, TSC_MULTIPLIER},
	};
	uint32_t i;

	for (i = 0; i < SEAM_COUNT_OF(fields); i++) {
		if (!is_field(id, fields[i].id))
			continue;
		*value = fields[i].value;
		return true;
	}
	return read_cpuid(td, id, value);
}

static uint64_t mng_rd(struct seam_call *call, struct seam_td *td)
{
	const uint64_t status = seam_check_td(td, SEAM_ONCE_INITIALIZED);

	if (status)
		return status;
	return read_td(td, *seam_reg(call, SEAM_RDX), seam_reg(call, SEAM_R8))
		       ? SEAM_SUCCESS
		       : SEAM_METADATA_ID_INCORRECT;
}

/* R8 is 0 if there is no value. Version 1, which also returns the next id, is not modelled. */
uint64_t seam_mng_rd(struct seam_call *call)
{
	*seam_reg(call, SEAM_R8) = 0;
	if (*seam_reg(call, SEAM_RAX) >> 16)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	return seam_with_tdr(call, SEAM_RCX, SEAM_SHARED, mng_rd);
}

enum check {
	ANYTHING,
	SHARED_ADDRESS,
};

/* A field of a virtual processor, with the bits that the host may write. */
struct field {
	uint64_t id;
	uint64_t writable;
	enum check check;
};

static const struct field fields[SEAM_VCPU_FIELDS] = {
	{0x0000000100000002, 0xFF, ANYTHING}, /* vector of posted interrupts */
	{0x0000000300002016, 0x000FFFFFFFFFFFC0ULL, SHARED_ADDRESS}, /* their descriptor */
	{0x000000030000203C, 0x000FFFFFFFFFF000ULL, SHARED_ADDRESS}, /* shared EPT */
	{0x0000000200004000, 1U << 7, ANYTHING},		     /* pin-based: they are used */
	{0x000000020000401E, 3ULL << 30, ANYTHING}, /* secondary: bus locks, notification */
	{0x0000000200004024, 0xFFFFFFFF, ANYTHING}, /* notification window */
	{0x200000000000000B, 0x1, ANYTHING},	    /* an NMI is pending */
	{0x9100000300000100, 0, ANYTHING},	    /* details: no interrupt is pending */
};

static const struct field *find_field(uint64_t id)
{
	const struct field *field;

	seam_for_each(field, fields)
		if (is_field(id, field->id))
			return field;
	return NULL;
}

static uint64_t check_vcpu(struct seam_call *call, const struct seam_vcpu_of_td *of,
			   bool may_be_disabled)
{
	const uint8_t state = of->vcpu->state;
	const uint64_t status = seam_check_td(of->td, SEAM_ONCE_INITIALIZED);

	if (status)
		return status;
	if (!seam_vcpu_has_all_pages(of->vcpu))
		return SEAM_TDCX_NUM_INCORRECT;
	if (state != SEAM_VCPU_READY && !(state == SEAM_VCPU_DISABLED && may_be_disabled))
		return SEAM_VCPU_STATE_INCORRECT | state;
	return seam_associate(call, of);
}

static uint64_t vp_rd(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	const struct field *field = find_field(*seam_reg(call, SEAM_RDX));
	const uint64_t status = check_vcpu(call, of, true);

	if (status)
		return status;
	if (!field)
		return SEAM_METADATA_ID_INCORRECT;
	*seam_reg(call, SEAM_R8) = __atomic_load_n(&of->vcpu->fields[field - fields],
						   __ATOMIC_RELAXED);
	return SEAM_SUCCESS;
}

uint64_t seam_vp_rd(struct seam_call *call)
{
	*seam_reg(call, SEAM_R8) = 0;
	if (*seam_reg(call, SEAM_RAX) >> 16)
		return SEAM_OPERAND_INVALID | SEAM_RAX;
	return seam_with_vcpu(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
			      (struct seam_vcpu_locks){SEAM_SHARED, SEAM_SHARED}, vp_rd);
}

static bool is_acceptable(const struct seam_model *model, const struct field *field, uint64_t value)
{
	switch (field->check) {
	case ANYTHING:
		break;
	case SHARED_ADDRESS:
		return !seam_check_shared_aligned(model, value, SEAM_LINE_SIZE, 0);
	}
	return true;
}

/* R8 is the value, R9 the mask of bits to write; R8 returns the previous value. */
static uint64_t write_field(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	const struct field *field = find_field(*seam_reg(call, SEAM_RDX));
	uint64_t mask, before, after, *at;

	if (!field)
		return SEAM_METADATA_ID_INCORRECT;
	mask = field->writable & *seam_reg(call, SEAM_R9);
	if (!mask)
		return SEAM_METADATA_NOT_WRITABLE;
	at = &of->vcpu->fields[field - fields];
	before = __atomic_load_n(at, __ATOMIC_RELAXED);
	after = (before & ~mask) | (*seam_reg(call, SEAM_R8) & mask);
	if (!is_acceptable(call->model, field, after))
		return SEAM_METADATA_VALUE_NOT_VALID;
	__atomic_store_n(at, after, __ATOMIC_RELAXED);
	*seam_reg(call, SEAM_R8) = before;
	return SEAM_SUCCESS;
}

static uint64_t vp_wr(struct seam_call *call, const struct seam_vcpu_of_td *of)
{
	const uint64_t status = check_vcpu(call, of, false);

	return status ? status : write_field(call, of);
}

uint64_t seam_vp_wr(struct seam_call *call)
{
	const uint64_t status = seam_with_vcpu(call, *seam_reg(call, SEAM_RCX), SEAM_RCX,
					       (struct seam_vcpu_locks){SEAM_SHARED, SEAM_SHARED},
					       vp_wr);

	if (status)
		*seam_reg(call, SEAM_R8) = 0;
	return status;
}
