// SPDX-License-Identifier: GPL-2.0
/* The self-test, called as the shim does: its report, what it finds, and that it leaves nothing behind. */
#include "machine.h"
#include "shown.h"

/* True if the self-test says that all is well. */
static bool selftest(struct kunit *test, u32 pages)
{
	FILE *to = open_text(test);
	const bool is_well = tdx_core_selftest(pages, to);

	fclose(to);
	KUNIT_EXPECT_EQ(test, is_well, !strstr(text, "\nfailed") && strncmp(text, "failed", 6));
	return is_well;
}

/* SEAMCALLs take 4 ns and 10 ns by turns. */
static u32 ticks;

static void tick(u16 leaf)
{
	platform_clock += ++ticks % 2 ? 4 : 10;
}

static void expect_timed(struct kunit *test, u32 pages, const char *words)
{
	ticks = 0;
	platform_clock = 1000;
	platform_before_seamcall = tick;
	KUNIT_EXPECT_TRUE(test, selftest(test, pages));
	platform_before_seamcall = NULL;
	platform_clock = 0;
	expect_words(test, words);
}

static void the_self_test_reports_every_check(struct kunit *test)
{
	const u64 features0 = config_now().features0;
	struct tdx_page_array *array = make_all_kinds(test);
	struct tdx_page_array_counters now;
	char report[2000];

	expect_timed(test, 10, "");
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, tdx_page_array_nr_pages(array));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 10);
	tdx_page_array_count(&now);
	snprintf(report, sizeof(report),
		 "ok     metadata: TDX_FEATURES0 is %#llx, was %#llx\n"
		 "ok     CPUs: SEAMCALL works on all 2, 7 ns each\n"
		 "ok     array: 10 pages allocated, as expected, released (errno 0)\n"
		 "ok     page queries: 10 pages (TDH.PHYMEM.PAGE.RDMD, 10 ns each)\n"
		 "ok     ownership: 10 of 10 pages are the host's, 0 outside of TDX memory\n"
		 "ok     write-backs of pages that never were private: 10 pages "
		 "(TDH.PHYMEM.PAGE.WBINVD, 4 ns each)\n"
		 "ok     mapped array: 10 pages allocated, as expected, released (errno 0)\n"
		 "ok     array of two windows: 513 pages allocated, as expected, released (errno "
		 "0)\n"
		 "ok     array for an IOMMU: 5 pages allocated, as expected, released (errno 0)\n"
		 "ok     ledger: %llu pages taken; %llu in arrays, %llu freed, %llu kept by the "
		 "TDX module, %llu in quarantine\n"
		 "self-test: 10 checks, 0 failed\n",
		 features0, features0, now.taken, now.in_arrays, now.freed, now.kept,
		 now.quarantined);
	KUNIT_EXPECT_STREQ(test, text, report);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	empty_quarantine(test);
}

static void the_self_test_finds_other_features_than_before(struct kunit *test)
{
	set_features0(0x40);
	KUNIT_EXPECT_FALSE(test, selftest(test, 10));
	expect_words(test, "failed metadata: TDX_FEATURES0 is 0x40, was 0x4008000");
}

static void the_self_test_finds_a_mapping_of_other_pages(struct kunit *test)
{
	platform_lack.mapping = true;
	KUNIT_EXPECT_FALSE(test, selftest(test, 10));
	platform_lack.mapping = false;
	expect_words(test, "failed mapped array: 10 pages allocated, not as expected, released "
			   "(errno 0)\n|10 checks, 1 failed\n");
}

static void the_self_test_reports_what_fails(struct kunit *test)
{
	static const struct {
		struct seam_injection injection;
		const char *words;
	} failures[] = {
		{{SEAM_INJECT_STATUS, SEAM_SYS_RD, 1, 1, SEAM_SYS_NOT_READY},
		 "failed metadata: TDH.SYS.RD answers SYS_NOT_READY (0xc000050500000000)\n"},
		{{SEAM_INJECT_STATUS, SEAM_PHYMEM_PAGE_RDMD, 1, 1, SEAM_OPERAND_INVALID | SEAM_RCX},
		 "failed page queries: 9 of 10 pages; TDH.PHYMEM.PAGE.RDMD answers OPERAND_INVALID "
		 "(0xc000010000000001)\n|failed ownership: 9 of 10 pages"},
		{{SEAM_INJECT_STATUS, SEAM_PHYMEM_PAGE_WBINVD, 1, 1,
		  SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX},
		 "failed write-backs of pages that never were private: 9 of 10 pages; "
		 "TDH.PHYMEM.PAGE.WBINVD answers PAGE_METADATA_INCORRECT (0xc000030000000001)\n"},
		{{SEAM_INJECT_VMFAILINVALID, SEAM_SYS_RD, 1, 1, 0}, "answers VMfailInvalid ("},
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		inject(test, &failures[i].injection);
		KUNIT_EXPECT_FALSE(test, selftest(test, 10));
		expect_words(test, failures[i].words);
		KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
		KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
	}
}

static void the_self_test_finds_the_cpu_without_vmx(struct kunit *test)
{
	char words[80];
	u32 cpu;

	for (cpu = 0; cpu < 2; cpu++) {
		seam_emulator_set_vmx_off_cpus(1ULL << cpu);
		platform_cpu = 1 - cpu;
		KUNIT_EXPECT_FALSE(test, selftest(test, 10));
		snprintf(words, sizeof(words),
			 "failed CPUs: SEAMCALL works on 1 of 2; on CPU %u: #UD\n", cpu);
		expect_words(test, words);
		expect_words(test, "10 checks, 1 failed\n");
	}
	platform_cpu = 0;
}

static void pages_outside_of_tdx_memory_are_no_failure(struct kunit *test)
{
	answer_next(test, SEAM_PHYMEM_PAGE_RDMD, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX);
	KUNIT_EXPECT_TRUE(test, selftest(test, 10));
	expect_words(test, "ownership: 9 of 10 pages are the host's, 1 outside of TDX memory\n|"
			   "write-backs of pages that never were private: 9 pages");
	expect_timed(test, 1, "page queries: 1 pages (TDH.PHYMEM.PAGE.RDMD, 10 ns each)\n");
	/* No page is written back. */
	answer_next(test, SEAM_PHYMEM_PAGE_RDMD, SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX);
	expect_timed(test, 1, "private: 0 pages (TDH.PHYMEM.PAGE.WBINVD, 0 ns each)\n");
}

static void the_self_test_survives_any_allocation_that_fails(struct kunit *test)
{
	const u64 before = machine_allocations();
	u64 allocations, i;
	bool is_well;

	KUNIT_EXPECT_TRUE(test, selftest(test, 10));
	allocations = machine_allocations() - before;
	KUNIT_EXPECT_GT(test, allocations, 4);
	platform_on_line = any_line;
	for (i = 0; i < allocations; i++) {
		machine_fail_allocation_after(i);
		platform_unread_line[0] = 0;
		/* If the array can be made of smaller blocks instead, the self-test passes. */
		is_well = selftest(test, 10);
		KUNIT_EXPECT_EQ(test, is_well, !strstr(platform_unread_line, "no memory for "));
		KUNIT_EXPECT_EQ(test, is_well, !strstr(text, "failed "));
		if (strstr(text, ": no array could be created (errno -12)\n"))
			KUNIT_EXPECT_FALSE(test, is_well);
		KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
	}
	platform_on_line = NULL;
	machine_fail_allocation_after(~0ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_self_test_reports_every_check),
	KUNIT_CASE(the_self_test_reports_what_fails),
	KUNIT_CASE(the_self_test_finds_other_features_than_before),
	KUNIT_CASE(the_self_test_finds_a_mapping_of_other_pages),
	KUNIT_CASE(the_self_test_finds_the_cpu_without_vmx),
	KUNIT_CASE(pages_outside_of_tdx_memory_are_no_failure),
	KUNIT_CASE(the_self_test_survives_any_allocation_that_fails),
	{},
};

TEST_SUITE("self_test", harness_init, harness_exit);
