// SPDX-License-Identifier: GPL-2.0
/*
 * How often a long call lets other tasks run, and when the quarantine is retried. User space only, where both are
 * counted instead of waited for.
 */
#include "machine.h"
#include "shown.h"

/* 50 us, doubled each time, nine pauses. */
#define BUSY_US (50 * 511)

/* How often others could run since the last call of this function. */
static u64 turns(void)
{
	static u64 before;
	const u64 turns = platform_rescheds - before;

	before = platform_rescheds;
	return turns;
}

static void pages_are_taken_made_safe_and_given_back_in_turns(struct kunit *test)
{
	struct tdx_page_array *array;

	/* A block of 256 pages and one of 16. */
	turns();
	array = make_array(test, 272);
	KUNIT_EXPECT_GE(test, turns(), 1);
	hand_over_and_back(test, array);
	turns();
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	/* Seventeen times 16 pages, and two blocks. */
	KUNIT_EXPECT_EQ(test, turns(), 17 + 2);
}

/* The array's block is split, and the records of its pages are freed. */
static void pages_that_stay_are_noted_in_turns(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 64, &session);

	turns();
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, turns(), 64 + 1 + 1);
	empty_quarantine(test);
}

static void an_array_that_cannot_be_made_gives_back_in_turns(struct kunit *test)
{
	struct page *pages[8] = {};
	u32 i;

	for (i = 0; i < 7; i++)
		pages[i] = machine_alloc(0, -1);
	pages[7] = pages[6];
	turns();
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_adopt(pages, 8), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, turns(), 7);
}

static void a_call_that_is_resumed_lets_others_run(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);
	u64 iommu;

	set_interrupt_every(1);
	turns();
	expect_success(test, tdx_tdh_iommu_setup(0xfed90000, array, &iommu));
	KUNIT_EXPECT_EQ(test, turns(), seam_emulator_calls(SEAM_IOMMU_SETUP) - 1);
	KUNIT_EXPECT_GT(test, seam_emulator_calls(SEAM_IOMMU_SETUP), 3);
	set_interrupt_every(0);
	end_iommu(test, iommu, array);
}

static void the_self_test_lets_others_run_after_each_page(struct kunit *test)
{
	turns();
	KUNIT_EXPECT_TRUE(test, tdx_core_selftest(200, NULL));
	KUNIT_EXPECT_GE(test, turns(), 200);
}

/*
 * Adopted pages are taken one by one: one turn for each 64 pages when the array is described, and again in its list. A
 * release has one for each 16 pages, and one for the chunk of the list that has all but three extents.
 */
static void many_pages_are_adopted_in_turns(struct kunit *test)
{
	static const struct {
		u32 pages, adopted, released;
	} rows[] = {{3, 0, 0}, {16, 0, 2}, {63, 0, 4}, {64, 1, 5}, {127, 1, 8}, {128, 2, 9}};
	struct tdx_page_array *array;
	struct page *pages[128];
	u32 row, i;

	/* Every second page, so that no two are adjacent. */
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = machine_alloc(0, 0);
		machine_alloc(0, 0);
	}
	for (row = 0; row < ARRAY_SIZE(rows); row++) {
		turns();
		array = tdx_page_array_adopt(pages, rows[row].pages);
		KUNIT_EXPECT_EQ_MSG(test, turns(), rows[row].adopted, "%u pages", rows[row].pages);
		KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), rows[row].pages);
		KUNIT_EXPECT_EQ_MSG(test, turns(), rows[row].adopted, "%u pages", rows[row].pages);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
		KUNIT_EXPECT_EQ_MSG(test, turns(), rows[row].released, "%u pages", rows[row].pages);
	}
}

static void pages_are_flushed_in_turns(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 64);
	u64 session;

	set_spdm_pages(64);
	turns();
	expect_success(test, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, turns(), wants_host_flush() ? 4 : 0);
	end_session(test, session, array);
}

static void retry(struct kunit *test, u32 wanted)
{
	platform_retry_after = 0;
	tdx_core_retry_quarantine();
	KUNIT_EXPECT_EQ(test, platform_retry_after, wanted);
}

/* The wait doubles up to an hour, is short again for a new page, and ends when the quarantine is empty. */
static void retries_of_the_quarantine_become_less_frequent(struct kunit *test)
{
	u32 wait;

	retry(test, 0);
	quarantine_pages(test, 2);
	KUNIT_EXPECT_EQ(test, platform_retry_after, 30);
	for (wait = 60; wait < 3600; wait *= 2)
		retry(test, wait);
	retry(test, 3600);
	retry(test, 3600);
	/* A new page is retried soon, and a second one then. */
	platform_retry_after = 0;
	quarantine_pages(test, 2);
	KUNIT_EXPECT_EQ(test, platform_retry_after, 30);
	platform_retry_after = 0;
	quarantine_pages(test, 2);
	KUNIT_EXPECT_EQ(test, platform_retry_after, 0);
	retry(test, 60);
	seam_emulator_settle();
	/* All come back. */
	retry(test, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
	retry(test, 0);
	/* Each time as if it had always been empty. */
	for (wait = 0; wait < 2; wait++) {
		platform_retry_after = 0;
		quarantine_pages(test, 2);
		KUNIT_EXPECT_EQ(test, platform_retry_after, 30);
		seam_emulator_settle();
		retry(test, 0);
	}
}

static void a_retry_that_frees_a_page_is_soon_followed_by_another(struct kunit *test)
{
	quarantine_pages(test, 2);
	retry(test, 60);
	seam_emulator_settle();
	answer_next(test, SEAM_PHYMEM_PAGE_RDMD, SEAM_OPERAND_INVALID | SEAM_RCX);
	inject(test, NTH_CALL(SEAM_PHYMEM_PAGE_RDMD, 3, SEAM_INJECT_STATUS,
			      SEAM_OPERAND_INVALID | SEAM_RCX));
	retry(test, 30);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	retry(test, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
}

static void a_retry_waits_after_each_64_pages(struct kunit *test)
{
	static const u32 sizes[] = {63, 64, 127, 128};
	u64 before;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		quarantine_pages(test, sizes[i]);
		before = platform_paused_us;
		KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
		KUNIT_EXPECT_EQ(test, platform_paused_us - before, sizes[i] / 64 * 1000);
		empty_quarantine(test);
	}
}

/* Ten tries, with pauses between them that double. */
static void retries_of_a_busy_module_become_less_frequent(struct kunit *test)
{
	const u64 before = platform_paused_us;
	struct tdx_page_array *array = make_array(test, 3);
	u64 session, paused;

	set_spdm_pages(3);
	inject(test, FROM_CALL(SEAM_SPDM_CREATE, 1, WRAPPER_TRIES, SEAM_INJECT_STATUS,
			       SEAM_OPERAND_BUSY | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session),
			SEAM_OPERAND_BUSY | SEAM_RCX);
	paused = platform_paused_us - before;
	KUNIT_EXPECT_EQ(test, paused, BUSY_US);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* The shim's answer on a CPU that goes offline. */
static void close_cpu(u16 leaf, enum seam_outcome outcome, struct seam_registers *registers)
{
	registers->r[SEAM_RAX] = TDX_SHIM_CPU_CLOSED;
}

/* 260 tries, with pauses of 20 ms at most. */
static void a_cpu_that_goes_offline_is_waited_for(struct kunit *test)
{
	const u64 before = platform_paused_us;
	struct tdx_page_facts facts;

	platform_is_alone = true;
	platform_after_seamcall = close_cpu;
	KUNIT_EXPECT_EQ(test, tdx_tdh_phymem_page_rdmd(MACHINE_FIRST_PFN, &facts),
			TDX_SHIM_CPU_CLOSED);
	platform_after_seamcall = NULL;
	platform_is_alone = false;
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 260);
	KUNIT_EXPECT_EQ(test, platform_paused_us - before, BUSY_US + 250 * 20000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_are_flushed_in_turns),
	KUNIT_CASE(a_cpu_that_goes_offline_is_waited_for),
	KUNIT_CASE(pages_are_taken_made_safe_and_given_back_in_turns),
	KUNIT_CASE(pages_that_stay_are_noted_in_turns),
	KUNIT_CASE(an_array_that_cannot_be_made_gives_back_in_turns),
	KUNIT_CASE(a_call_that_is_resumed_lets_others_run),
	KUNIT_CASE(the_self_test_lets_others_run_after_each_page),
	KUNIT_CASE(many_pages_are_adopted_in_turns),
	KUNIT_CASE(retries_of_the_quarantine_become_less_frequent),
	KUNIT_CASE(a_retry_waits_after_each_64_pages),
	KUNIT_CASE(retries_of_a_busy_module_become_less_frequent),
	KUNIT_CASE(a_retry_that_frees_a_page_is_soon_followed_by_another),
	{},
};

TEST_SUITE("turns", harness_init, harness_exit);
