// SPDX-License-Identifier: GPL-2.0
/*
 * Cases that make mutate found untested: allocations that fail in one call, lines of the log,
 * events between two steps of a call, and what a call that failed leaves to the next one. User space only.
 */
#include "../suites/td.h"
#include "machine.h"
#include "shown.h"

#define ECMD_TIMEOUT 0x80000F5100000000ULL

/* The next call has no memory for its list, or for the second node of it: it issues nothing. */
#define expect_no_list(TEST, SUCCESSES, CALL) \
	do { \
		machine_fail_allocation_after(SUCCESSES); \
		expect_refused(TEST, ENOMEM, CALL); \
		machine_fail_allocation_after(~0ULL); \
	} while (0)

static void without_a_list_nothing_is_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16), *queues = make_iommu_mt(test, 1, 4),
			      *single = make_array(test, 1);
	struct page *page = make_page(test);
	u64 session, iommu, bytes;

	expect_no_list(test, 0, tdx_tdh_ext_mem_add(array));
	expect_no_list(test, 0, tdx_tdh_iommu_setup(0xfed90000, queues, &iommu));
	expect_no_list(test, 0, tdx_tdh_quote_get(page, 1, page, 1, array, &bytes));
	expect_no_list(test, 1, tdx_tdh_quote_get(page, 1, page, 1, array, &bytes));
	set_spdm_pages(16);
	expect_no_list(test, 0, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, 0);
	/* A single page needs no list. */
	set_spdm_pages(1);
	machine_fail_allocation_after(0);
	expect_success(test, tdx_tdh_spdm_create(0, single, &session));
	machine_fail_allocation_after(~0ULL);
	end_session(test, session, single);
	expect_released(test, array, queues);
}

/* More extents than the array itself has room for. */
static struct page *own_pages[5];

/* A block, a range of several blocks, and adopted pages. */
static struct tdx_page_array *make_in_way(u32 way)
{
	return way == 2 ? tdx_page_array_adopt(own_pages, ARRAY_SIZE(own_pages))
			: tdx_page_array_create_node(way ? 2000 : 5, -1, TDX_PAGE_ARRAY_CONTIGUOUS);
}

/* Whichever allocation fails, nothing is left behind. */
static void an_array_without_memory_leaves_nothing(struct kunit *test)
{
	static const u32 allocations[] = {2, 2, 7};
	const int pins = platform_pins();
	u64 before, i;
	u32 way;

	for (i = 0; i < ARRAY_SIZE(own_pages); i++)
		own_pages[i] = machine_alloc(0, i % 2);
	before = machine_free_pages();
	for (way = 0; way < ARRAY_SIZE(allocations); way++) {
		for (i = 0; i < allocations[way]; i++) {
			machine_fail_allocation_after(i);
			KUNIT_EXPECT_PTR_EQ(test, make_in_way(way), ERR_PTR(-ENOMEM));
			KUNIT_EXPECT_EQ(test, machine_free_pages(), before);
			KUNIT_EXPECT_EQ(test, platform_pins(), pins);
		}
		machine_fail_allocation_after(i);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(make_in_way(way)), 0);
	}
	machine_fail_allocation_after(~0ULL);
}

static void a_module_that_is_unloaded_makes_no_array(struct kunit *test)
{
	const u64 before = machine_allocations();

	platform_lack.pins = true;
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_create(1), ERR_PTR(-ENODEV));
	platform_lack.pins = false;
	KUNIT_EXPECT_EQ(test, machine_allocations(), before);
}

static void the_quarantine_shows_a_control_page_that_was_not_reclaimed(struct kunit *test)
{
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);
	struct td td = td_make(test, TD_KEYID);

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	answer_next(test, SEAM_PHYMEM_PAGE_RECLAIM, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), -EUCLEAN);
	show(test, TDX_CORE_VIEW_QUARANTINE);
	expect_words(test,
		     " handed_over_by=TDH.MNG.ADDCX reason=\"the TDX module did not reclaim the "
		     "control page\" leaf=TDH.PHYMEM.PAGE.RECLAIM status=0xc000030000000001 "
		     "status_name=\"PAGE_METADATA_INCORRECT\" keyid=33 ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
	td_release(test, &td);
}

static struct tdx_page_array *leaked_meanwhile;

static void leak_once(u16 leaf)
{
	if (leaf != SEAM_PHYMEM_PAGE_RDMD)
		return;
	platform_before_seamcall = NULL;
	tdx_page_array_leak(leaked_meanwhile);
}

/* The new pages come to the head of the list, before the page that is being retried. */
static void pages_may_come_to_the_quarantine_during_a_retry(struct kunit *test)
{
	u64 session;

	quarantine_pages(test, 1);
	leaked_meanwhile = make_session(test, 3, &session);
	seam_emulator_settle();
	platform_before_seamcall = leak_once;
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 4);
	KUNIT_EXPECT_TRUE(test, !platform_before_seamcall);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 4);
}

/* The view has room for 16 pages at first. */
static void a_view_of_the_quarantine_allocates_no_more_than_it_needs(struct kunit *test)
{
	static const struct {
		u32 more, allocations;
	} rows[] = {{16, 1}, {1, 2}, {17, 2}, {1, 2}};
	u64 before, descriptors;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		quarantine_pages(test, rows[i].more);
		before = machine_allocations();
		descriptors = platform_descriptors();
		KUNIT_EXPECT_EQ(test, tdx_core_show(TDX_CORE_VIEW_QUARANTINE, NULL), 0);
		KUNIT_EXPECT_EQ(test, machine_allocations() - before, rows[i].allocations);
		KUNIT_EXPECT_EQ(test, platform_descriptors(), descriptors);
	}
	empty_quarantine(test);
}

/* @CALL returns @WANTED, and its last log line contains @WORDS; it logs nothing if @WORDS is "". */
#define expect_line(TEST, CALL, WANTED, WORDS) \
	do { \
		const char *const words_ = (WORDS); \
\
		platform_on_line = any_line; \
		platform_unread_line[0] = 0; \
		KUNIT_EXPECT_EQ(TEST, CALL, WANTED); \
		platform_on_line = NULL; \
		KUNIT_EXPECT_TRUE_MSG(TEST, \
				      words_[0] ? !!strstr(platform_unread_line, words_) \
						: !platform_unread_line[0], \
				      platform_unread_line); \
	} while (0)

/* The shim's answer when the machine goes down. */
static void go_down(u16 leaf, enum seam_outcome outcome, struct seam_registers *registers)
{
	registers->r[SEAM_RAX] = TDX_SHIM_CLOSED;
}

static void refusals_log_their_reasons(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, TDCS_PAGES);
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_facts facts;
	u64 session;

	answer_next(test, SEAM_SPDM_CREATE, SEAM_OPERAND_INVALID);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), SEAM_OPERAND_INVALID);
	expect_line(test, tdx_tdh_mng_addcx(td.tdr, array), TDX_PAGE_ARRAY_REFUSED | EBUSY,
		    "may hold cache lines of KeyID 32: release the array first");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	platform_after_seamcall = go_down;
	expect_line(test, tdx_tdh_phymem_page_rdmd(MACHINE_FIRST_PFN, &facts), TDX_SHIM_CLOSED,
		    "TDH.PHYMEM.PAGE.RDMD not issued: the machine is going down");
	platform_after_seamcall = NULL;
	td_tear_down(test, &td);
	td_release(test, &td);
}

/* At first no memory of the machine is in use. */
static void an_array_may_be_all_of_memory(struct kunit *test)
{
	struct tdx_page_array *array;

	KUNIT_ASSERT_EQ(test, machine_free_pages(), machine_page_count);
	array = make_array(test, machine_page_count);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_line(test, PTR_ERR(tdx_page_array_create(machine_page_count + 1)), -ENOMEM,
		    "but this machine has 32768");
}

/* Only a page that stays for good gets a line in the log. */
static void a_retry_reports_pages_that_stay_permanently(struct kunit *test)
{
	static const struct {
		u64 status;
		const char *line;
	} rows[] = {{SEAM_OPERAND_INVALID | SEAM_RCX, ""},
		    {SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX, "stays for good"}};
	u32 i;

	quarantine_pages(test, 1);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		answer_next(test, SEAM_PHYMEM_PAGE_RDMD, rows[i].status);
		expect_line(test, tdx_page_array_retry_quarantine(), 0, rows[i].line);
	}
}

static void a_start_of_the_extensions_logs_what_failed_or_what_they_keep(struct kunit *test)
{
	u32 i;

	set_ext_pool(1);
	answer_next(test, SEAM_SYS_RD, SEAM_OPERAND_INVALID);
	expect_line(test, tdx_extensions_start(), -EIO,
		    "the extensions could not be started (errno -5)");
	/* The array, its page, and its list page. */
	for (i = 0; i < 3; i++) {
		machine_fail_allocation_after(i);
		expect_line(test, tdx_extensions_start(), -ENOMEM,
			    "the extensions could not be started (errno -12)");
	}
	machine_fail_allocation_after(~0ULL);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 0);
	set_ext_pool(0);
	expect_line(test, tdx_extensions_start(), 0, "");
	set_ext_pool(512);
	expect_line(test, tdx_extensions_start(), 0,
		    "extensions: the TDX module keeps 512 pages (2 MiB) until reboot");
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 512);
}

/* A block of the largest order can be a queue. */
static void a_queue_may_be_as_large_as_a_block(struct kunit *test)
{
	struct tdx_page_array *array = tdx_page_array_create_iommu_mt(MACHINE_MAX_ORDER, 1);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), (2 << MACHINE_MAX_ORDER) + 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_create_iommu_mt(MACHINE_MAX_ORDER + 1, 1),
			    ERR_PTR(-EINVAL));
}

/* A second caller, while the first one is in the middle of a SEAMCALL. */
static struct kunit *second_caller;
static struct tdx_page_array *in_use;

static void call_once(u16 leaf)
{
	struct kunit *test = second_caller;
	u64 session;
	u8 byte;

	platform_before_seamcall = NULL;
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(in_use, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(in_use, &byte, 0), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_map(in_use), ERR_PTR(-EBUSY));
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(in_use), -EBUSY);
	expect_refused(test, EBUSY, tdx_tdh_spdm_create(0, in_use, &session));
	expect_refused(test, EBUSY, tdx_tdh_spdm_delete(0, in_use));
	expect_refused(test, EBUSY, tdx_tdh_ext_mem_add(in_use));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(in_use), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(in_use), -EBUSY);
	/* Constant properties can be read while the array is in use. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(in_use), 16);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, tdx_page_array_page(in_use, 15));
}

/* A refused call ends its use of the array, too. */
static void an_array_is_free_again_after_a_call_that_failed(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16);
	u64 session;

	set_spdm_pages(16);
	answer_next(test, SEAM_SPDM_CREATE, SEAM_OPERAND_INVALID | SEAM_RCX);
	second_caller = test;
	in_use = array;
	platform_before_seamcall = call_once;
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_TRUE(test, !platform_before_seamcall);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), 16);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void no_window_is_left_after_one_that_was_refused(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	set_ext_pool(600);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 600), -EINVAL);
	expect_refused(test, EINVAL, tdx_tdh_ext_mem_add(array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	/* A delete leaves no window either: it writes to the list page. */
	array = make_returned(test, 3);
	expect_refused(test, EINVAL, tdx_tdh_ext_mem_add(array));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* As in a release, the TDX module's answer to the delete is believed. */
static void a_leak_of_returned_pages_does_not_ask_again(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(make_returned(test, 3)), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 3);
}

/* After an interruption the TDX module may have kept a part of the window. */
static void a_window_that_is_refused_is_in_doubt_if_it_was_interrupted(struct kunit *test)
{
	static const char *const custody[] = {" custody=\"refused by the TDX module\" ",
					      " custody=\"in doubt\" "};
	struct tdx_page_array *array;
	u32 interrupted;

	set_ext_pool(16);
	for (interrupted = 0; interrupted < 2; interrupted++) {
		array = make_array(test, 8);
		if (interrupted)
			inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_INTERRUPT, 3));
		inject(test, NTH_CALL(SEAM_EXT_MEM_ADD, 1 + interrupted, SEAM_INJECT_STATUS,
				      SEAM_OPERAND_INVALID | SEAM_RCX));
		KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_OPERAND_INVALID | SEAM_RCX);
		expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1, custody[interrupted]);
		KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	}
}

/* A release that finds one page still owned and stops at the next, BUSY one. */
static struct tdx_page_array *begin_release(struct kunit *test, u64 *iommu)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);

	set_iommu_pages(4);
	expect_success(test, tdx_tdh_iommu_setup(0xfed90000, array, iommu));
	answer_next(test, SEAM_IOMMU_CLEAR, ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(*iommu, array), ECMD_TIMEOUT);
	inject(test, FROM_CALL(SEAM_PHYMEM_PAGE_RDMD, 2, WRAPPER_TRIES, SEAM_INJECT_STATUS,
			       SEAM_OPERAND_BUSY | SEAM_RCX));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	return array;
}

static void a_release_after_a_delete_begins_anew(struct kunit *test)
{
	u64 iommu;
	struct tdx_page_array *array = begin_release(test, &iommu);

	end_iommu(test, iommu, array);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 8);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 8);
}

static void a_release_after_another_delete_in_doubt_begins_anew(struct kunit *test)
{
	u64 iommu;
	struct tdx_page_array *array = begin_release(test, &iommu);

	answer_next(test, SEAM_IOMMU_CLEAR, ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(iommu, array), ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 8);
	seam_emulator_settle();
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 8);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_release_after_another_delete_in_doubt_begins_anew),
	KUNIT_CASE(a_window_that_is_refused_is_in_doubt_if_it_was_interrupted),
	KUNIT_CASE(a_release_after_a_delete_begins_anew),
	KUNIT_CASE(no_window_is_left_after_one_that_was_refused),
	KUNIT_CASE(a_leak_of_returned_pages_does_not_ask_again),
	KUNIT_CASE(an_array_is_free_again_after_a_call_that_failed),
	KUNIT_CASE(a_view_of_the_quarantine_allocates_no_more_than_it_needs),
	KUNIT_CASE_ALONE(a_retry_reports_pages_that_stay_permanently),
	KUNIT_CASE(refusals_log_their_reasons),
	KUNIT_CASE(an_array_may_be_all_of_memory),
	KUNIT_CASE_ALONE(a_start_of_the_extensions_logs_what_failed_or_what_they_keep),
	KUNIT_CASE(a_queue_may_be_as_large_as_a_block),
	KUNIT_CASE(without_a_list_nothing_is_handed_over),
	KUNIT_CASE(an_array_without_memory_leaves_nothing),
	KUNIT_CASE(a_module_that_is_unloaded_makes_no_array),
	KUNIT_CASE(the_quarantine_shows_a_control_page_that_was_not_reclaimed),
	KUNIT_CASE(pages_may_come_to_the_quarantine_during_a_retry),
	{},
};

TEST_SUITE("exact", harness_init, harness_exit);
