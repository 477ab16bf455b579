// SPDX-License-Identifier: GPL-2.0
/* Sets of KeyIDs, and the key programming engine. */
#include "internal.h"

void seam_keys_add(struct seam_keys *keys, uint32_t hkid)
{
	__atomic_fetch_or(&keys->bits[hkid / 64], 1ULL << (hkid % 64), __ATOMIC_RELAXED);
}

void seam_keys_remove(struct seam_keys *keys, uint32_t hkid)
{
	__atomic_fetch_and(&keys->bits[hkid / 64], ~(1ULL << (hkid % 64)), __ATOMIC_RELAXED);
}

bool seam_keys_has(const struct seam_keys *keys, uint32_t hkid)
{
	return keys->bits[hkid / 64] >> (hkid % 64) & 1;
}

bool seam_keys_none(const struct seam_keys *keys)
{
	const uint64_t *bits;

	seam_for_each(bits, keys->bits)
		if (*bits)
			return false;
	return true;
}

uint32_t seam_all_packages(const struct seam_model *model)
{
	return (1U << model->config.packages) - 1;
}

uint64_t seam_program_key(const struct seam_model *model)
{
	switch ((enum seam_pconfig)model->config.pconfig) {
	case SEAM_PCONFIG_OK:
		return SEAM_SUCCESS;
	case SEAM_PCONFIG_NO_ENTROPY:
		return SEAM_KEY_GENERATION_FAILED;
	case SEAM_PCONFIG_BUSY:
		break;
	}
	return SEAM_OPERAND_BUSY | SEAM_OPERAND_KET;
}
