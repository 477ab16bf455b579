/* SPDX-License-Identifier: GPL-2.0 */
/* The judge is told of the page, as the emulator's trap tells it. */
#include "machine.h"
#include "platform.h"
static inline void clflush_cache_range(void *address, unsigned int bytes)
{
	u64 offset;

	for (offset = 0; offset < bytes; offset += 4096)
		seam_judge_host_flushes(&platform_model, (machine_pfn_of(address) << 12) + offset);
}
