/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Controls of the platform that the SEAM emulator provides, for the suites that test its model: they
 * start the TDX module themselves. Only the emulator has these: on a machine the platform is fixed, and
 * the kernel starts the module.
 */
#ifndef SEAM_PLATFORM_H
#define SEAM_PLATFORM_H

#include "model/seam_model.h"

/* All physical memory. */
void seam_platform_memory(struct seam_range *memory);

/*
 * Power-on without convertible memory and TDMRs: the test acts as the firmware, and as the kernel that
 * starts the module. seam_emulator_power_cycle() restores a ready module with all memory.
 */
void seam_platform_power_on(void);
bool seam_platform_add_cmr(u64 base, u64 size);

/* True if the TDX module owns the page, or caches may hold private lines of it. */
bool seam_platform_is_private(u64 hpa);

/* The logical processors with private lines, one bit each; and WBINVD on one of them. */
u32 seam_platform_lps_with_private_lines(void);
void seam_platform_lp_caches_written_back(u32 lp);

#endif
