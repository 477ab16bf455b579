// SPDX-License-Identifier: GPL-2.0
/* The life cycle of an IOMMU's metadata: create, SETUP, CLEAR and release, and the posted version. By list entries. */
#include <linux/err.h>
#include <linux/printk.h>

#include "bench.h"
#include "posted.h"
#include "tdx_page_array.h"
#include "tdx_page_array_seamcalls.h"

#define REG_BASE     0xfed90000ULL
#define QUEUES	     2
#define QUEUE_ORDER  1
#define MOST_ENTRIES 512

static const unsigned int entry_counts[] = {16, 128, MOST_ENTRIES};

static struct samples lives, posted_lives;

static int live(unsigned int entries)
{
	struct tdx_page_array *array;
	struct cost life, cost;
	u64 iommu, status;
	int error;

	life = COST_OF(array = tdx_page_array_create_iommu_mt(QUEUE_ORDER, entries - QUEUES));
	if (FAILS(!IS_ERR(array)))
		return -EIO;
	cost = COST_OF(status = tdx_tdh_iommu_setup(REG_BASE, array, &iommu));
	life = sum_of(life, cost);
	if (FAILS(!status))
		return -EIO;
	cost = COST_OF(status = tdx_tdh_iommu_clear(iommu, array));
	life = sum_of(life, cost);
	if (FAILS(!status))
		return -EIO;
	cost = COST_OF(error = tdx_page_array_release(array));
	if (FAILS(!error && cost.bare.calls == entries + QUEUES))
		return -EIO;
	add_sample(&lives, sum_of(life, cost));
	return 0;
}

int measure_iommus(void)
{
	struct seam_config config;
	struct cost life;
	unsigned int i, run;

	for (i = 0; i < ARRAY_SIZE(entry_counts); i++) {
		const unsigned int entries = entry_counts[i];

		seam_emulator_get_config(&config);
		config.iommu_pages = entries - QUEUES;
		seam_emulator_set_config(&config);
		for (run = 0; run < MAX_RUNS; run++) {
			if (live(entries))
				return -EIO;
			if (posted_iommu_life(entries, REG_BASE,
					      (u64)tdx_global_keyid() << config.address_bits,
					      &life))
				return -EIO;
			add_sample(&posted_lives, life);
		}
		report("life of an IOMMU", entries, &lives);
		report("life of an IOMMU as posted", entries, &posted_lives);
	}
	return 0;
}
