// SPDX-License-Identifier: GPL-2.0
/*
 * Cases that make mutate found untested: allocations that fail in one call, lines of the log,
 * and events between two steps of a call. User space only.
 */
#include "../suites/td.h"
#include "machine.h"
#include "shown.h"

/* A call that has no memory for its list issues nothing. */
static void without_a_list_nothing_is_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16), *queues = make_iommu_mt(test, 1, 4),
			      *single = make_array(test, 1);
	u64 session, iommu;

	machine_fail_allocation_after(0);
	expect_refused(test, ENOMEM, tdx_tdh_ext_mem_add(array));
	/* A single page needs no list. */
	set_spdm_pages(1);
	machine_fail_allocation_after(0);
	expect_success(test, tdx_tdh_spdm_create(0, single, &session));
	set_spdm_pages(16);
	machine_fail_allocation_after(0);
	expect_refused(test, ENOMEM, tdx_tdh_spdm_create(0, array, &session));
	machine_fail_allocation_after(0);
	expect_refused(test, ENOMEM, tdx_tdh_iommu_setup(0xfed90000, queues, &iommu));
	machine_fail_allocation_after(~0ULL);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), 1);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IOMMU_SETUP), 0);
	end_session(test, session, single);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(queues), 0);
}

/* A call that has no memory for the nodes of its list issues nothing, either. */
static void without_a_linked_list_no_quote_is_made(struct kunit *test)
{
	struct tdx_page_array *output = make_array(test, 2);
	struct page *page = make_page(test);
	u64 bytes, i;

	for (i = 0; i < 2; i++) {
		machine_fail_allocation_after(i);
		expect_refused(test, ENOMEM, tdx_tdh_quote_get(page, 1, page, 1, output, &bytes));
	}
	machine_fail_allocation_after(~0ULL);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_QUOTE_GET), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(output), 0);
}

static struct tdx_page_array *contiguous(void)
{
	return tdx_page_array_create_node(5, -1, TDX_PAGE_ARRAY_CONTIGUOUS);
}

static struct tdx_page_array *cleared(void)
{
	return tdx_page_array_create_node(2000, -1, TDX_PAGE_ARRAY_CONTIGUOUS);
}

/* More extents than the array itself has room for. */
static struct page *own_pages[5];

static struct tdx_page_array *adopted(void)
{
	return tdx_page_array_adopt(own_pages, ARRAY_SIZE(own_pages));
}

/* Whichever allocation fails, nothing is left behind. */
static void an_array_without_memory_leaves_nothing(struct kunit *test)
{
	static const struct {
		struct tdx_page_array *(*make)(void);
		u32 allocations;
	} ways[] = {{contiguous, 2}, {cleared, 2}, {adopted, 7}};
	const int pins = platform_pins();
	u64 before, i;
	u32 way;

	for (i = 0; i < ARRAY_SIZE(own_pages); i++)
		own_pages[i] = machine_alloc(0, i % 2);
	before = machine_free_pages();
	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		for (i = 0; i < ways[way].allocations; i++) {
			machine_fail_allocation_after(i);
			KUNIT_EXPECT_PTR_EQ(test, ways[way].make(), ERR_PTR(-ENOMEM));
			KUNIT_EXPECT_EQ(test, machine_free_pages(), before);
			KUNIT_EXPECT_EQ(test, platform_pins(), pins);
		}
		machine_fail_allocation_after(i);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(ways[way].make()), 0);
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

static void extensions_that_start_log_what_they_keep(struct kunit *test)
{
	set_ext_pool(0);
	expect_line(test, tdx_extensions_start(), 0, "");
	set_ext_pool(512);
	expect_line(test, tdx_extensions_start(), 0,
		    "extensions: the TDX module keeps 512 pages (2 MiB) until reboot");
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 512);
}

static void extensions_that_do_not_start_log_an_error(struct kunit *test)
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
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), 0);
}

/* Requests to the page allocator: those with a node or an account, and all. */
static u32 wishes, requests;

static void note_wish(const struct platform_request *request)
{
	requests++;
	wishes += request->node != TDX_SHIM_ANY_NODE || request->flags & TDX_SHIM_ACCOUNT;
}

static void a_plain_array_requests_no_node_and_no_accounting(struct kunit *test)
{
	requests = wishes = 0;
	platform_on_request = note_wish;
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdx_page_array_create(7)), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdx_page_array_create_iommu_mt(1, 4)), 0);
	KUNIT_EXPECT_TRUE(test, tdx_core_selftest(10, NULL));
	platform_on_request = NULL;
	KUNIT_EXPECT_GT(test, requests, 10);
	KUNIT_EXPECT_EQ(test, wishes, 0);
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

static struct kunit_case cases[] = {
	KUNIT_CASE(an_array_is_free_again_after_a_call_that_failed),
	KUNIT_CASE(a_view_of_the_quarantine_allocates_no_more_than_it_needs),
	KUNIT_CASE_ALONE(a_retry_reports_pages_that_stay_permanently),
	KUNIT_CASE(refusals_log_their_reasons),
	KUNIT_CASE(an_array_may_be_all_of_memory),
	KUNIT_CASE_ALONE(extensions_that_start_log_what_they_keep),
	KUNIT_CASE_ALONE(extensions_that_do_not_start_log_an_error),
	KUNIT_CASE(a_plain_array_requests_no_node_and_no_accounting),
	KUNIT_CASE(a_queue_may_be_as_large_as_a_block),
	KUNIT_CASE(without_a_list_nothing_is_handed_over),
	KUNIT_CASE(without_a_linked_list_no_quote_is_made),
	KUNIT_CASE(an_array_without_memory_leaves_nothing),
	KUNIT_CASE(a_module_that_is_unloaded_makes_no_array),
	KUNIT_CASE(the_quarantine_shows_a_control_page_that_was_not_reclaimed),
	KUNIT_CASE(pages_may_come_to_the_quarantine_during_a_retry),
	{},
};

TEST_SUITE("exact", harness_init, harness_exit);
