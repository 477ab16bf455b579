// SPDX-License-Identifier: GPL-2.0
/* TDH.SYS.RD: metadata. */
#include "internal.h"

#define NULL_FIELD (~0ULL)

struct field {
	uint64_t id;
	uint64_t value;
};

/*
 * Outputs are written on errors, too. The next field id is that of this table, or all ones at its
 * end.
 */
uint64_t seam_sys_rd(struct seam_model *model, struct seam_registers *registers)
{
	const struct seam_config *config = &model->config;
	const uint64_t features = config->features0 & ~config->other_meaning;
	const bool ext = features & SEAM_FEATURE_EXT;
	const bool connect = features & SEAM_FEATURE_TDXCONNECT;
	const uint32_t ext_left = config->ext_pool_pages > model->ext_pages_given
					  ? config->ext_pool_pages - model->ext_pages_given
					  : 0;
	const struct {
		bool present;
		struct field field;
	} fields[] = {
		{true, {0x0A00000300000008ULL, config->features0}},
		{connect, {0x3000000100000002ULL, config->spdm_pages}},
		{ext, {0x3100000000000001ULL, ext_left && !model->ext_initialised}},
		{ext, {0x3100000200000000ULL, ext_left}},
	};
	const uint64_t wanted = registers->r[SEAM_RDX];
	uint32_t i, next;

	registers->r[SEAM_RDX] = NULL_FIELD;
	registers->r[SEAM_R8] = 0;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!fields[i].present || fields[i].field.id != wanted)
			continue;
		registers->r[SEAM_R8] = fields[i].field.value;
		for (next = i + 1; next < sizeof(fields) / sizeof(fields[0]); next++) {
			if (!fields[next].present)
				continue;
			registers->r[SEAM_RDX] = fields[next].field.id;
			break;
		}
		return SEAM_SUCCESS;
	}
	return SEAM_METADATA_ID_INCORRECT;
}
