// SPDX-License-Identifier: GPL-2.0
/*
 * Many drivers at once, each repeating lifecycles, while the TDX module is often busy and sometimes
 * returns an unknown status, and a thread retries the quarantine and counts pages. Meanwhile the
 * guest's job may take CPUs offline and online. Drivers that are bound to CPUs meet no fault.
 */
#include <linux/delay.h>

#include "../faults/faults.h"
#include "stress.h"

/* Objects with an unknown status of DELETE stay in the module, which has room for 64 of a kind. */
#define MAX_LOST 24

/*
 * Leaves that are sometimes busy: those of the lifecycles, and those of releases and retries. The
 * first ones sometimes return an unknown status.
 */
#define DOUBTFUL_LEAVES 4
static const u16 leaves[] = {
	SEAM_SPDM_CREATE,	 SEAM_SPDM_DELETE,
	SEAM_IOMMU_SETUP,	 SEAM_IOMMU_CLEAR,
	SEAM_SPDM_CONNECT,	 SEAM_SPDM_MNG,
	SEAM_IDE_STREAM_KM,	 SEAM_IDE_STREAM_CREATE,
	SEAM_IDE_STREAM_DELETE,	 SEAM_MNG_CREATE,
	SEAM_MNG_ADDCX,		 SEAM_VP_CREATE,
	SEAM_VP_ADDCX,		 SEAM_PHYMEM_PAGE_RDMD,
	SEAM_PHYMEM_PAGE_WBINVD, SEAM_PHYMEM_PAGE_RECLAIM,
};

static struct driver drivers[STRESS_THREADS];
static atomic_t completed[LIFECYCLES_AT_ONCE], cut_short[LIFECYCLES_AT_ONCE];
static u32 kinds, retried, lost, wrong_sums;

/*
 * Errors of a module that is busy, returned an unknown status, or has no room for more objects; and of a kernel that finds no
 * range of a thousand pages while a CPU comes online. Without a fault a CPU may hold a lock of the module for as long as the
 * machine does not run it.
 */
static bool is_expected(int error)
{
	if (error == -EBUSY || error == -ENOMEM)
		return true;
	return !stress_is_bound && (error == -EAGAIN || error == -EIO || error == -EUCLEAN);
}

static void run_lifecycles(struct stress_thread *thread)
{
	struct driver *driver = &drivers[thread->number];

	*driver = new_driver(thread->number);
	while (!stress_is_over()) {
		const u32 which = stress_random(thread, kinds);
		const int error = run_beside_others(lifecycles[which], driver);

		atomic_inc(error ? &cut_short[which] : &completed[which]);
		if (error && !is_expected(error))
			driver->wrong("%s was cut short by %d", lifecycles[which]->name, error);
	}
}

static void disturb(struct stress_thread *thread)
{
	while (!stress_is_over()) {
		struct seam_injection injection = {
			.kind = SEAM_INJECT_STATUS,
			.leaf = leaves[stress_random(thread, ARRAY_SIZE(leaves))],
			.nth = 1 + stress_random(thread, 20),
			.times = 1 + stress_random(thread, 10),
			.value = SEAM_OPERAND_BUSY | SEAM_RCX,
		};

		if (lost < MAX_LOST && !stress_random(thread, 50)) {
			injection.kind = SEAM_INJECT_STATUS_AFTER;
			injection.leaf = leaves[stress_random(thread, DOUBTFUL_LEAVES)];
			injection.times = 1;
			injection.value = UNKNOWN_STATUS;
			lost++;
		}
		/* Fails while 16 faults are planned; that is no error here. */
		seam_emulator_inject(&injection);
		msleep(2 + stress_random(thread, 10));
	}
}

static void retry(struct stress_thread *thread)
{
	struct tdx_page_array_counters now;

	while (!stress_is_over()) {
		retried += tdx_page_array_retry_quarantine();
		tdx_page_array_count(&now);
		wrong_sums += now.taken != now.in_arrays + now.freed + now.kept + now.quarantined;
		msleep(1 + stress_random(thread, 20));
	}
}

static void many_drivers_run_on_all_cpus_concurrently(struct kunit *test)
{
	static struct stress_thread threads[STRESS_THREADS + 2];
	const unsigned int count = stress_is_bound ? min_t(u32, num_present_cpus(), STRESS_THREADS)
						   : STRESS_THREADS;
	u32 good = 0, bad = 0;
	unsigned int i;

	kinds = stress_is_bound ? LIFECYCLES_WITHOUT_TD : LIFECYCLES_AT_ONCE;
	configure_lifecycles();
	for (i = 0; i < count; i++)
		threads[i].body = run_lifecycles;
	if (!stress_is_bound) {
		threads[i++].body = disturb;
		threads[i++].body = retry;
	}
	stress_run(test, threads, i);

	/* No more faults; the module releases its objects, and the quarantine is emptied. */
	seam_emulator_cancel_injections();
	for (i = 0; i < count && !stress_is_bound; i++)
		recover_pages(&drivers[i]);
	for (i = 0; i < kinds; i++) {
		kunit_info(test, "%s: %d lifecycles, %d that were cut short\n", lifecycles[i]->name,
			   atomic_read(&completed[i]), atomic_read(&cut_short[i]));
		KUNIT_EXPECT_GT_MSG(test, atomic_read(&completed[i]), 0, "no lifecycle of kind %s",
				    lifecycles[i]->name);
		good += atomic_read(&completed[i]);
		bad += atomic_read(&cut_short[i]);
	}
	if (stress_is_bound)
		KUNIT_EXPECT_LE_MSG(test, bad * 100, good, "too many were cut short");
	kunit_info(test, "%u pages came out of quarantine, %u outcomes were unknown\n", retried,
		   lost);
	KUNIT_EXPECT_EQ_MSG(test, wrong_sums, 0, "the ledger did not add up at some moment");
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(many_drivers_run_on_all_cpus_concurrently),
	{},
};

TEST_SUITE("stress_lifecycles", harness_init, harness_exit);
