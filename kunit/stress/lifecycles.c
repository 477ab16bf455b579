// SPDX-License-Identifier: GPL-2.0
/*
 * Many drivers at once, each repeating lifecycles, while the TDX module is often busy and sometimes
 * returns an unknown status, and a thread retries the quarantine and counts pages. Meanwhile the
 * guest's job may take CPUs offline and online.
 */
#include <linux/delay.h>
#include <linux/string.h>

#include "../faults/faults.h"
#include "stress.h"

/* Objects with an unknown status of DELETE stay in the module, which has room for 64 of a kind. */
#define MAX_LOST   24
#define IOMMU_STEP 0x1000
#define BUSY	   (SEAM_OPERAND_BUSY | SEAM_RCX)
#define UNKNOWN	   0xC000EE0000000000ULL /* in no table of this project */

/* Leaves that are sometimes busy: those of the lifecycles, and those of releases and retries. */
static const u16 busy_leaves[] = {
	SEAM_SPDM_CREATE,	 SEAM_SPDM_DELETE,
	SEAM_SPDM_CONNECT,	 SEAM_SPDM_MNG,
	SEAM_IDE_STREAM_KM,	 SEAM_IDE_STREAM_CREATE,
	SEAM_IDE_STREAM_DELETE,	 SEAM_IOMMU_SETUP,
	SEAM_IOMMU_CLEAR,	 SEAM_MNG_CREATE,
	SEAM_MNG_ADDCX,		 SEAM_VP_CREATE,
	SEAM_VP_ADDCX,		 SEAM_PHYMEM_PAGE_RDMD,
	SEAM_PHYMEM_PAGE_WBINVD, SEAM_PHYMEM_PAGE_RECLAIM,
};

/* Leaves that sometimes return an unknown status. */
static const u16 doubtful_leaves[] = {
	SEAM_SPDM_CREATE,
	SEAM_SPDM_DELETE,
	SEAM_IOMMU_SETUP,
	SEAM_IOMMU_CLEAR,
};

struct caller {
	struct driver driver;
	u32 functions; /* number of device functions used so far */
	u32 completed[LIFECYCLES_AT_ONCE];
	u32 failed[LIFECYCLES_AT_ONCE];
	int unexpected; /* the errno of an unexpected failure */
	u32 stuck;
};

static struct caller callers[STRESS_THREADS];
static u32 retried, lost, wrong_sums;
static struct kunit *running;

static __printf(1, 2) void wrong(const char *format, ...)
{
	struct va_format line = {.fmt = format};
	va_list arguments;

	va_start(arguments, format);
	line.va = &arguments;
	KUNIT_FAIL(running, "%pV", &line);
	va_end(arguments);
}

/*
 * Errors of a module that is busy, returned an unknown status, or has no room for more objects; and of a kernel that finds no
 * range of a thousand pages while a CPU comes online.
 */
static bool is_expected(int error)
{
	return error == -EBUSY || error == -EAGAIN || error == -EIO || error == -EUCLEAN ||
	       error == -ENOMEM;
}

/* Retries while something is busy; later attempts leak pages that cannot be released. */
static void end_lifecycle(struct caller *caller, const struct lifecycle *lifecycle)
{
	unsigned int attempt;

	for (attempt = 0; attempt < 50; attempt++) {
		if (lifecycle->end(&caller->driver, attempt >= 20) != -EBUSY)
			return;
		usleep_range(5000, 6000);
	}
	caller->stuck++;
}

static void run_lifecycles(struct stress_thread *thread)
{
	struct caller *caller = thread->context;
	struct driver *driver = &caller->driver;
	u32 which;
	int error;

	while (!stress_is_over()) {
		which = stress_random(thread, LIFECYCLES_AT_ONCE);
		/* A bus per thread and a new function each time: no conflict with lost objects. */
		driver->function = thread->number << 8 | (caller->functions++ & 0xff);
		error = run_lifecycle(lifecycles[which], driver);
		if (error) {
			caller->failed[which]++;
			/* After a SETUP that was given up the module still expects its resumption. */
			driver->iommu_registers += STRESS_THREADS * IOMMU_STEP;
			if (!is_expected(error))
				caller->unexpected = error;
		} else {
			caller->completed[which]++;
		}
		end_lifecycle(caller, lifecycles[which]);
		if (lifecycles[which]->check)
			lifecycles[which]->check(driver);
	}
}

static void disturb(struct stress_thread *thread)
{
	struct seam_injection injection;

	while (!stress_is_over()) {
		injection = (struct seam_injection){
			.kind = SEAM_INJECT_STATUS,
			.leaf = busy_leaves[stress_random(thread, ARRAY_SIZE(busy_leaves))],
			.nth = 1 + stress_random(thread, 20),
			.times = 1 + stress_random(thread, 10),
			.value = BUSY,
		};
		if (lost < MAX_LOST && !stress_random(thread, 50)) {
			injection.kind = SEAM_INJECT_STATUS_AFTER;
			injection.leaf =
				doubtful_leaves[stress_random(thread, ARRAY_SIZE(doubtful_leaves))];
			injection.times = 1;
			injection.value = UNKNOWN;
			lost++;
		}
		/* Fails while 16 faults are planned; that is no error here. */
		seam_emulator_inject(&injection);
		msleep(2 + stress_random(thread, 10));
	}
}

static void retry(struct stress_thread *thread)
{
	struct tdx_page_array_counters ledger;

	while (!stress_is_over()) {
		retried += tdx_page_array_retry_quarantine();
		wrong_sums += !stress_ledger_adds_up(&ledger);
		msleep(1 + stress_random(thread, 20));
	}
}

static void introduce(struct stress_thread *threads)
{
	unsigned int i;

	for (i = 0; i < STRESS_THREADS; i++) {
		callers[i] = (struct caller){
			.driver =
				{
					.keyid = 40 + i,
					.iommu_registers = 0xfed90000 + i * IOMMU_STEP,
					.has_company = true,
					.wrong = wrong,
				},
		};
		threads[i].body = run_lifecycles;
		threads[i].context = &callers[i];
	}
	threads[i++].body = disturb;
	threads[i++].body = retry;
}

/* Ends the faults; the module releases its objects, and the quarantine is emptied. */
static void calm_down(struct kunit *test)
{
	struct tdx_page_array_counters ledger;
	unsigned int i;

	seam_emulator_cancel_injections();
	for (i = 0; i < STRESS_THREADS; i++)
		empty_quarantine(&callers[i].driver);
	KUNIT_EXPECT_TRUE(test, stress_ledger_adds_up(&ledger));
	KUNIT_EXPECT_EQ(test, ledger.in_arrays, 0);
	KUNIT_EXPECT_EQ(test, ledger.quarantined, 0);
	KUNIT_EXPECT_EQ(test, ledger.kept, 0);
}

static void look_at_callers(struct kunit *test)
{
	unsigned int i, which;
	u32 completed, failed;

	for (which = 0; which < LIFECYCLES_AT_ONCE; which++) {
		for (i = 0, completed = 0, failed = 0; i < STRESS_THREADS; i++) {
			completed += callers[i].completed[which];
			failed += callers[i].failed[which];
		}
		kunit_info(test, "%s: %u lifecycles, %u that were cut short\n",
			   lifecycles[which]->name, completed, failed);
		KUNIT_EXPECT_GT_MSG(test, completed, 0, "no lifecycle of kind %s",
				    lifecycles[which]->name);
	}
	for (i = 0; i < STRESS_THREADS; i++) {
		KUNIT_EXPECT_EQ_MSG(test, callers[i].unexpected, 0, "an errno in thread %u", i);
		KUNIT_EXPECT_EQ_MSG(test, callers[i].stuck, 0, "something had no end in thread %u",
				    i);
	}
}

static void many_drivers_run_on_all_cpus_concurrently(struct kunit *test)
{
	static struct stress_thread threads[STRESS_THREADS + 2];
	struct seam_finding findings[4];
	u32 count, i;

	running = test;
	retried = lost = wrong_sums = 0;
	seam_emulator_reset();
	configure_lifecycles();
	introduce(threads);
	stress_run(test, threads, ARRAY_SIZE(threads));
	calm_down(test);
	look_at_callers(test);
	kunit_info(test, "%u pages came out of quarantine, %u outcomes were unknown\n", retried,
		   lost);
	KUNIT_EXPECT_EQ_MSG(test, wrong_sums, 0, "the ledger did not add up at some moment");

	count = seam_emulator_take_findings(findings, ARRAY_SIZE(findings));
	for (i = 0; i < min_t(u32, count, ARRAY_SIZE(findings)); i++)
		kunit_err(test, "judge: %s (page %#llx, %s)\n",
			  seam_emulator_finding_text(findings[i].kind), findings[i].hpa,
			  seam_emulator_leaf_name(findings[i].leaf));
	KUNIT_EXPECT_EQ_MSG(test, count, 0, "the judge found something");
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(many_drivers_run_on_all_cpus_concurrently),
	{},
};

struct kunit_suite stress_lifecycles_suite = {
	.name = "stress_lifecycles",
	.test_cases = cases,
};
