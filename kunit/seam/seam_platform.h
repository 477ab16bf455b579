/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Controls of the platform that the SEAM emulator plays, for the suites about its model: they start the
 * TDX module themselves, and are what a machine would be that sees each access to memory. Nothing but
 * the emulator has them: on a machine the platform is what it is, and the kernel starts the module.
 */
#ifndef SEAM_PLATFORM_H
#define SEAM_PLATFORM_H

#include "model/seam_model.h"

/* All physical memory. */
void seam_platform_memory(struct seam_range *memory);

/*
 * Power-on without convertible memory and TDMRs: the test is the firmware, and the kernel that starts
 * the module. seam_emulator_power_cycle() ends it, with a ready module over all memory.
 */
void seam_platform_power_on(void);
bool seam_platform_add_cmr(u64 base, u64 size);

/* What the machine asks the judge before it lets the host touch a page, and tells it. */
bool seam_platform_is_private(u64 hpa);
void seam_platform_host_accesses(u64 hpa, u64 rip, bool write);
u64 seam_platform_host_reads(void);

/* The logical processors with private lines, one bit each; and one of them executes WBINVD. */
u32 seam_platform_lps_with_private_lines(void);
void seam_platform_lp_caches_written_back(u32 lp);

#endif
