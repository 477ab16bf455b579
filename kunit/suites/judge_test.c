// SPDX-License-Identifier: GPL-2.0
/*
 * The judge reports errors of the host. Here the test is the host, and issues its own
 * SEAMCALLs.
 */
#include "raw.h"

/* The HPA_ARRAY_T of the list, which has two entries. */
static u64 two_pages(const struct raw_pages *raw)
{
	return page_to_phys(raw->list) | 1ULL << 55;
}

/* For each page of the block. */
static void freeing_a_block_with_a_page_of_the_module_is_found(struct kunit *test)
{
	unsigned int i;

	set_spdm_pages(1);
	for (i = 0; i < 4; i++) {
		struct page *block = alloc_pages(GFP_KERNEL, 2);
		struct tdx_shim_registers registers = {.rcx = i};

		KUNIT_ASSERT_NOT_NULL(test, block);
		registers.rdx = page_to_phys(block) + i * PAGE_SIZE;
		raw_flush(block + i);
		assert_success(test, raw_call(SEAM_SPDM_CREATE, &registers));
		__free_pages(block, 2);
		expect_findings(test, 1, SEAM_FREED_OWNED);
		registers.rdx = 0;
		expect_success(test, raw_call(SEAM_SPDM_DELETE, &registers));
	}
}

/* The history of the page has all of that. */
static void writing_back_the_wrong_keyid_is_found_and_cleans_nothing(struct kunit *test)
{
	static const struct {
		u32 kind, finding;
	} history[] = {
		{SEAM_EVENT_TAKEN},
		{SEAM_EVENT_GIVEN_BACK},
		{SEAM_EVENT_FINDING, SEAM_WRONG_KEYID},
		{SEAM_EVENT_WRITTEN_BACK},
		{SEAM_EVENT_FREED},
		{SEAM_EVENT_FINDING, SEAM_FREED_DIRTY},
	};
	const u16 wrong = tdx_global_keyid() + 1;
	struct page *page = raw_dirty_page(test);
	struct seam_event events[8];
	unsigned int i;

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), wrong));
	expect_findings(test, 1, SEAM_WRONG_KEYID);
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_DIRTY);
	KUNIT_ASSERT_EQ(test, seam_emulator_history(page_to_phys(page), events, ARRAY_SIZE(events)),
			ARRAY_SIZE(history));
	for (i = 0; i < ARRAY_SIZE(history); i++) {
		KUNIT_EXPECT_EQ(test, events[i].kind, history[i].kind);
		if (events[i].kind == SEAM_EVENT_FINDING)
			KUNIT_EXPECT_EQ(test, events[i].detail, history[i].finding);
	}
	KUNIT_EXPECT_EQ(test, events[3].detail, wrong);
}

static void a_host_write_is_found_when_the_page_returns(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 4, &session);

	*(u8 *)phys_to_virt(hpa_of(test, array, 2) + 4095) ^= 1;
	expect_success(test, tdx_tdh_spdm_delete(session, array));
	expect_findings(test, 1, SEAM_HOST_WROTE);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* All of its entries, or the last one alone; but it may be poisoned. */
static void an_aux_page_that_already_holds_the_answer_is_found(struct kunit *test)
{
	struct tdx_shim_registers registers;
	unsigned int poisoned, i;
	struct raw_pages raw;

	set_spdm_pages(2);
	for (poisoned = 0; poisoned <= 2; poisoned++) {
		raw_alloc(test, &raw, 2);
		registers = (struct tdx_shim_registers){.rdx = two_pages(&raw)};
		assert_success(test, raw_call(SEAM_SPDM_CREATE, &registers));
		for (i = 0; i < poisoned; i++)
			raw_list(&raw)[i] = ~0ULL;
		registers.rdx = page_to_phys(raw.list);
		assert_success(test, raw_call(SEAM_SPDM_DELETE, &registers));
		expect_findings(test, poisoned < 2, SEAM_STALE_AUX);
		raw_free(test, &raw);
	}
}

static void the_aux_rule_is_enforced(struct kunit *test)
{
	u64 session;
	struct page *page = raw_hand_over(test, &session);
	struct tdx_shim_registers registers = {.rcx = session, .rdx = page_to_phys(page)};

	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_DELETE, &registers),
			SEAM_OPERAND_INVALID | SEAM_RDX);
	expect_findings(test, 1, SEAM_WRONG_AUX);
	/* RCX of a failed DELETE still holds the input. */
	KUNIT_EXPECT_EQ(test, registers.rcx, session);
	raw_take_back(test, session);
	raw_free_page(test, page, tdx_global_keyid());
}

static void a_resumption_with_other_inputs_is_found(struct kunit *test)
{
	struct raw_pages raw;

	raw_alloc(test, &raw, 2);
	set_interrupt_every(1);
	/* Without outputs the resumption has the original input, which is wrong for this leaf. */
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(SEAM_EXT_MEM_ADD, two_pages(&raw)),
			SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(SEAM_EXT_MEM_ADD, two_pages(&raw)),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	expect_findings(test, 1, SEAM_CHANGED_RESUME);
	/* The first page is extension memory now, permanently. */
	__free_page(raw.pages[1]);
	__free_page(raw.list);
}

static void a_leaf_without_its_feature_is_found(struct kunit *test)
{
	set_features0(0);
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(SEAM_EXT_INIT, 0),
			SEAM_OPERAND_INVALID | SEAM_RAX);
	expect_findings(test, 1, SEAM_UNKNOWN_FEATURE);
}

static void keyid_bits_in_the_address_of_a_page_are_found(struct kunit *test)
{
	const u64 hpa = page_to_phys(make_page(test));

	set_spdm_pages(1);
	KUNIT_EXPECT_EQ(test,
			raw_leaf(SEAM_SPDM_CREATE, 0, hpa | 1ULL << config_now().address_bits),
			SEAM_OPERAND_INVALID | SEAM_RDX);
	expect_findings(test, 1, SEAM_KEYID_IN_ADDRESS);
}

/* A machine that sees the read only counts it. */
static void reading_a_page_of_the_module_is_no_finding(struct kunit *test)
{
	const u64 reads = seam_emulator_host_reads();
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	READ_ONCE(*(u8 *)page_address(page));
	KUNIT_EXPECT_EQ(test, seam_emulator_host_reads(), reads + seam_emulator_sees_accesses());
	expect_findings(test, 0, 0);
	raw_take_back(test, session);
	raw_free_page(test, page, tdx_global_keyid());
}

static void the_same_page_twice_in_a_list_is_busy_or_taken(struct kunit *test)
{
	struct raw_pages raw;

	raw_alloc(test, &raw, 1);
	raw_list(&raw)[1] = raw_hpa(&raw, 0);
	set_spdm_pages(2);
	CHANGE_CONFIG(page_by_page, false);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SPDM_CREATE, 0, two_pages(&raw)),
			SEAM_OPERAND_BUSY | SEAM_RDX);
	CHANGE_CONFIG(page_by_page, true);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SPDM_CREATE, 0, two_pages(&raw)),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX);
	seam_emulator_settle();
	raw_free(test, &raw);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_same_page_twice_in_a_list_is_busy_or_taken),
	KUNIT_CASE(freeing_a_block_with_a_page_of_the_module_is_found),
	KUNIT_CASE(writing_back_the_wrong_keyid_is_found_and_cleans_nothing),
	KUNIT_CASE(a_host_write_is_found_when_the_page_returns),
	KUNIT_CASE(an_aux_page_that_already_holds_the_answer_is_found),
	KUNIT_CASE(the_aux_rule_is_enforced),
	KUNIT_CASE(a_resumption_with_other_inputs_is_found),
	KUNIT_CASE(a_leaf_without_its_feature_is_found),
	KUNIT_CASE(keyid_bits_in_the_address_of_a_page_are_found),
	KUNIT_CASE(reading_a_page_of_the_module_is_no_finding),
	{},
};

TEST_SUITE("judge", harness_init, harness_exit);
