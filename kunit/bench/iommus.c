// SPDX-License-Identifier: GPL-2.0
/* The lifecycle of an IOMMU's metadata: create, SETUP, CLEAR and release, and the posted version. By list entries. */
#include <linux/err.h>

#include "bench.h"
#include "posted.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define REG_BASE     0xfed90000ULL
#define QUEUES	     2
#define QUEUE_ORDER  1
#define MOST_ENTRIES 512

static const unsigned int entry_counts[] = {16, 128, MOST_ENTRIES};

static struct samples lifecycles, posted_lifecycles;

static int run_lifecycle(unsigned int entries)
{
	struct tdx_page_array *array;
	struct cost lifecycle, release;
	u64 iommu, status;
	int error;

	lifecycle = COST_OF(array = tdx_page_array_create_iommu_mt(QUEUE_ORDER, entries - QUEUES));
	if (FAILS(!IS_ERR(array)))
		return -EIO;
	ADD_COST_OF(lifecycle, status = tdx_tdh_iommu_setup(REG_BASE, array, &iommu));
	if (FAILS(!status))
		return -EIO;
	ADD_COST_OF(lifecycle, status = tdx_tdh_iommu_clear(iommu, array));
	if (FAILS(!status))
		return -EIO;
	release = COST_OF(error = tdx_page_array_release(array));
	if (FAILS(!error && release.bare.calls == entries + QUEUES))
		return -EIO;
	add_sample(&lifecycles, sum_of(lifecycle, release));
	return 0;
}

int measure_iommus(void)
{
	struct cost lifecycle;
	unsigned int i, run;

	for (i = 0; i < ARRAY_SIZE(entry_counts); i++) {
		const unsigned int entries = entry_counts[i];

		CHANGE_CONFIG(iommu_pages, entries - QUEUES);
		for (run = 0; run < MAX_RUNS; run++) {
			if (run_lifecycle(entries))
				return -EIO;
			if (posted_iommu_lifecycle(entries, REG_BASE,
						   (u64)tdx_global_keyid()
							   << config_now().address_bits,
						   &lifecycle))
				return -EIO;
			add_sample(&posted_lifecycles, lifecycle);
		}
		report("lifecycle of an IOMMU", entries, &lifecycles);
		report("lifecycle of an IOMMU as posted", entries, &posted_lifecycles);
	}
	return 0;
}
