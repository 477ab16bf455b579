// SPDX-License-Identifier: GPL-2.0
/* The lifecycle of an IOMMU's metadata: create, SETUP, CLEAR and release. By list entries. */
#include "bench.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define REG_BASE    0xfed90000ULL
#define QUEUES	    2
#define QUEUE_ORDER 1

static const unsigned int entry_counts[] = {16, 128, 512};

static struct cost run_lifecycle(unsigned int entries)
{
	struct tdx_page_array *array;
	struct cost lifecycle, release;
	u64 iommu, status;
	int error;

	lifecycle = COST_OF(array = tdx_page_array_create_iommu_mt(QUEUE_ORDER, entries - QUEUES));
	ADD_COST_OF(lifecycle, status = tdx_tdh_iommu_setup(REG_BASE, array, &iommu));
	EXPECT(!status);
	ADD_COST_OF(lifecycle, status = tdx_tdh_iommu_clear(iommu, array));
	EXPECT(!status);
	release = COST_OF(error = tdx_page_array_release(array));
	EXPECT(!error && release.bare.calls == entries + QUEUES);
	return sum_of(lifecycle, release);
}

void measure_iommus(void)
{
	static struct samples lifecycles;
	unsigned int i, run;

	for (i = 0; i < ARRAY_SIZE(entry_counts); i++) {
		const unsigned int entries = entry_counts[i];

		CHANGE_CONFIG(iommu_pages, entries - QUEUES);
		for (run = 0; run < MAX_RUNS; run++)
			add_sample(&lifecycles, run_lifecycle(entries));
		report("lifecycle of an IOMMU", entries, &lifecycles);
	}
}
