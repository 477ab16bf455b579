// SPDX-License-Identifier: GPL-2.0
/*
 * TD_PARAMS, the configuration of a TD that TDH.MNG.INIT reads. The order of the checks is that of
 * 1.5.25 (tdh_mng_init.c); the accepted values are this model's choice and sufficient for Linux.
 * Nested VMs are not supported.
 */
#include "internal.h"

#define MAX_CPUID_CONFIGS 48
/* In units of 25 MHz */
#define MIN_TSC_FREQUENCY 4
#define MAX_TSC_FREQUENCY 400

#define CONFIG_MAX_GPAW	  (1ULL << 0)
#define CONFIG_NO_RBP_MOD (1ULL << 2)
#define CONFIG_FLAGS	  (CONFIG_MAX_GPAW | CONFIG_NO_RBP_MOD)
#define EPTP_WB		  6ULL
#define EPTP_LEVELS_SHIFT 3
#define XFAM_AVX	  (1ULL << 2)
#define XFAM_AVX512	  (7ULL << 5)

struct td_params {
	uint64_t attributes;
	uint64_t xfam;
	uint16_t max_vcpus;
	uint8_t num_l2_vms;
	uint8_t reserved0[5];
	uint64_t eptp_controls;
	uint64_t config_flags;
	uint16_t tsc_frequency;
	uint8_t reserved1[38];
	uint8_t mrconfigid[48];
	uint8_t mrowner[48];
	uint8_t mrownerconfig[48];
	uint64_t reserved2[4];
	struct seam_cpuid cpuid[MAX_CPUID_CONFIGS];
};

_Static_assert(sizeof(struct td_params) == 1024, "TD_PARAMS as the module reads it");

#define CPUID_BITS(EAX, EBX, ECX, EDX) \
	{ \
		{ \
			(uint64_t)(EBX) << 32 | (EAX), (uint64_t)(EDX) << 32 | (ECX) \
		} \
	}
#define NO_SUBLEAF 0xFFFFFFFFU

const struct seam_cpuid_config seam_cpuid_configs[SEAM_CPUID_CONFIGS] = {
	{0x1, NO_SUBLEAF, CPUID_BITS(0x0FFF3FFF, 0x00FF0000, 0x01044988, 0x38400000)},
	{0x7, 0, CPUID_BITS(0, 0x00000010, 0x01000020, 0x00000080)},
	{0x80000008, NO_SUBLEAF, CPUID_BITS(0x000000FF, 0x00000200, 0, 0)},
	{0x1F, 0, CPUID_BITS(0x0000001F, 0x0000FFFF, 0x0000FFFF, 0)},
};

static bool is_zero(const void *bytes, size_t count)
{
	const uint8_t *byte = bytes;

	for (; count; count--)
		if (*byte++)
			return false;
	return true;
}

static bool are_attributes_possible(uint64_t attributes)
{
	return !(attributes & ~SEAM_ATTRIBUTES_FIXED0) &&
	       (attributes & SEAM_ATTRIBUTES_FIXED1) == SEAM_ATTRIBUTES_FIXED1;
}

/* The parts of AVX-512 require each other, and AVX. */
static bool is_xfam_possible(uint64_t xfam)
{
	const uint64_t avx512 = xfam & XFAM_AVX512;

	if (xfam & ~SEAM_XFAM_FIXED0 || (xfam & SEAM_XFAM_FIXED1) != SEAM_XFAM_FIXED1)
		return false;
	return !avx512 || (avx512 == XFAM_AVX512 && xfam & XFAM_AVX);
}

/* Guest physical addresses of 52 bits require five levels. */
static bool read_eptp_controls(const struct td_params *from, struct seam_td_params *params)
{
	const uint64_t levels = from->eptp_controls >> EPTP_LEVELS_SHIFT;
	const bool wide = from->config_flags & CONFIG_MAX_GPAW;

	if ((from->eptp_controls & 7) != EPTP_WB || levels < 3 || levels > 4 ||
	    (wide && levels < 4))
		return false;
	params->top_level = (uint32_t)levels;
	params->gpa_bits = wide ? 52 : 48;
	return true;
}

static uint64_t read_controls(const struct td_params *from, struct seam_td_params *params)
{
	if (!are_attributes_possible(from->attributes))
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_ATTRIBUTES;
	if (!is_xfam_possible(from->xfam))
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_XFAM;
	if (!from->max_vcpus || from->max_vcpus > SEAM_VCPUS_OF_TD)
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_MAX_VCPUS;
	if (from->num_l2_vms)
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_NUM_L2_VMS;
	if (!is_zero(from->reserved0, sizeof(from->reserved0)))
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	if (from->config_flags & ~CONFIG_FLAGS)
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_EXEC_CONTROLS;
	if (!read_eptp_controls(from, params))
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_EPTP_CONTROLS;
	if (from->tsc_frequency < MIN_TSC_FREQUENCY || from->tsc_frequency > MAX_TSC_FREQUENCY)
		return SEAM_OPERAND_INVALID | SEAM_OPERAND_TSC_FREQUENCY;
	if (!is_zero(from->reserved1, sizeof(from->reserved1)) ||
	    !is_zero(from->reserved2, sizeof(from->reserved2)))
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	params->attributes = from->attributes;
	params->xfam = from->xfam;
	params->max_vcpus = from->max_vcpus;
	return SEAM_SUCCESS;
}

static bool has_other_bits(const struct seam_cpuid *value, const struct seam_cpuid *bits)
{
	return value->value[0] & ~bits->value[0] || value->value[1] & ~bits->value[1];
}

static uint64_t read_cpuid(const struct td_params *from, struct seam_td_params *params,
			   uint64_t *wrong_cpuid)
{
	const struct seam_cpuid *rest = from->cpuid + SEAM_CPUID_CONFIGS;
	uint32_t i;

	for (i = 0; i < SEAM_CPUID_CONFIGS; i++) {
		const struct seam_cpuid_config *config = &seam_cpuid_configs[i];

		if (has_other_bits(&from->cpuid[i], &config->bits)) {
			*wrong_cpuid = (uint64_t)config->subleaf << 32 | config->leaf;
			return SEAM_OPERAND_INVALID | SEAM_OPERAND_CPUID_CONFIG;
		}
		params->cpuid[i] = from->cpuid[i];
	}
	if (!is_zero(rest, sizeof(from->cpuid) - SEAM_CPUID_CONFIGS * sizeof(*rest)))
		return SEAM_OPERAND_INVALID | SEAM_RDX;
	return SEAM_SUCCESS;
}

uint64_t seam_read_td_params(const void *at, struct seam_td_params *params, uint64_t *wrong_cpuid)
{
	struct td_params from;
	uint64_t status;

	memcpy(&from, at, sizeof(from));
	status = read_controls(&from, params);
	return status ? status : read_cpuid(&from, params, wrong_cpuid);
}
