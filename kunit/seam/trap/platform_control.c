// SPDX-License-Identifier: GPL-2.0
/* Controls of the platform for the suites that test the model, see seam_platform.h. */
#include <linux/export.h>

#include "../seam_platform.h"
#include "trap.h"

void seam_platform_memory(struct seam_range *memory)
{
	memory->base = seam_model.memory.base;
	memory->size = seam_model.memory.page_count << 12;
}
EXPORT_SYMBOL_GPL(seam_platform_memory);

void seam_platform_power_on(void)
{
	seam_model_power_on(&seam_model);
	seam_model.cmr_count = 0;
}
EXPORT_SYMBOL_GPL(seam_platform_power_on);

bool seam_platform_add_cmr(u64 base, u64 size)
{
	return seam_model_add_cmr(&seam_model, base, size);
}
EXPORT_SYMBOL_GPL(seam_platform_add_cmr);

bool seam_platform_is_private(u64 hpa)
{
	return seam_judge_is_private(&seam_model, hpa);
}
EXPORT_SYMBOL_GPL(seam_platform_is_private);

u32 seam_platform_lps_with_private_lines(void)
{
	return seam_model_lps_with_private_lines(&seam_model);
}
EXPORT_SYMBOL_GPL(seam_platform_lps_with_private_lines);

void seam_platform_lp_caches_written_back(u32 lp)
{
	seam_model_lp_caches_written_back(&seam_model, lp);
}
EXPORT_SYMBOL_GPL(seam_platform_lp_caches_written_back);
