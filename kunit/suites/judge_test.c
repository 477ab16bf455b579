// SPDX-License-Identifier: GPL-2.0
/*
 * The judge reports errors of the host. Here the test is the host, and issues its own
 * SEAMCALLs.
 */
#include <linux/smp.h>

#include "raw.h"

static void correct_use_causes_no_finding(struct kunit *test)
{
	struct page *page = raw_dirty_page(test);

	raw_free_page(test, page, tdx_global_keyid());
	expect_findings(test, 0, 0);
}

static void freeing_a_page_of_the_module_is_found(struct kunit *test)
{
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	__free_page(page);
	raw_take_back(test, session);
	expect_findings(test, 1, SEAM_FREED_OWNED);
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

static void data_written_to_a_freed_page_stays(struct kunit *test)
{
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_OWNED);
	KUNIT_ASSERT_TRUE(test, raw_allocate_again(page));
	*(u64 *)page_address(page) = 1;
	expect_findings(test, 1, SEAM_HOST_WROTE);
	KUNIT_EXPECT_EQ(test, *(u64 *)page_address(page), 1);
	raw_take_back(test, session);
	expect_findings(test, 0, 0);
	raw_free_page(test, page, tdx_global_keyid());
}

static void freeing_a_page_with_dirty_lines_is_found(struct kunit *test)
{
	__free_page(raw_dirty_page(test));
	expect_findings(test, 1, SEAM_FREED_DIRTY);
}

static void writing_back_the_wrong_keyid_is_found_and_cleans_nothing(struct kunit *test)
{
	struct page *page = raw_dirty_page(test);

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid() + 1));
	expect_findings(test, 1, SEAM_WRONG_KEYID);
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_DIRTY);
}

static void writing_back_a_shared_keyid_is_found(struct kunit *test)
{
	struct page *page = raw_dirty_page(test);

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), 0));
	expect_findings(test, 1, SEAM_SHARED_KEYID);
	raw_free_page(test, page, tdx_global_keyid());
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

static void a_host_write_is_found_by_a_sweep(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 4, &session);

	*(u8 *)phys_to_virt(hpa_of(test, array, 0)) ^= 1;
	expect_findings(test, 1, SEAM_HOST_WROTE);
	end_session(test, session, array);
}

/* Deletes a session of two pages; the AUX page still has the entries of its list from @first on. */
static void delete_with_stale_entries(struct kunit *test, int first)
{
	struct tdx_shim_registers registers = {};
	struct page *pages[2], *list = alloc_page(GFP_KERNEL);
	u64 *entries = page_address(list);
	int i;

	set_spdm_pages(2);
	for (i = 0; i < 2; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		raw_flush(pages[i]);
		entries[i] = page_to_phys(pages[i]);
	}
	registers.rdx = page_to_phys(list) | 1ULL << 55;
	assert_success(test, tdx_shim_seamcall(SEAM_SPDM_CREATE, &registers, &registers, false));
	for (i = 0; i < first; i++)
		entries[i] = ~0ULL;
	registers.rdx = page_to_phys(list);
	assert_success(test, tdx_shim_seamcall(SEAM_SPDM_DELETE, &registers, &registers, false));
	expect_findings(test, first < 2, SEAM_STALE_AUX);
	for (i = 0; i < 2; i++)
		raw_free_page(test, pages[i], tdx_global_keyid());
	__free_page(list);
}

static void an_aux_page_that_already_holds_the_answer_is_found(struct kunit *test)
{
	delete_with_stale_entries(test, 0);
}

static void an_aux_page_that_holds_its_last_entry_alone_is_found(struct kunit *test)
{
	delete_with_stale_entries(test, 1);
	delete_with_stale_entries(test, 2);
}

static void the_aux_rule_is_enforced(struct kunit *test)
{
	struct tdx_shim_registers registers = {};
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	registers.rcx = session;
	registers.rdx = page_to_phys(page);
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall(SEAM_SPDM_DELETE, &registers, &registers, false),
			SEAM_OPERAND_INVALID | SEAM_RDX);
	expect_findings(test, 1, SEAM_WRONG_AUX);
	/* RCX of a failed DELETE still holds the input. */
	KUNIT_EXPECT_EQ(test, registers.rcx, session);
	raw_take_back(test, session);
	raw_free_page(test, page, tdx_global_keyid());
}

static void a_resumption_with_other_inputs_is_found(struct kunit *test)
{
	struct page *pages[2], *list = alloc_page(GFP_KERNEL);
	const u64 info = page_to_phys(list) | 1ULL << 55;
	u64 *entries = page_address(list);
	int i;

	for (i = 0; i < 2; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		raw_flush(pages[i]);
		entries[i] = page_to_phys(pages[i]);
	}
	set_interrupt_every(1);
	/* Without outputs the resumption has the original input, which is wrong for this leaf. */
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(SEAM_EXT_MEM_ADD, info),
			SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(SEAM_EXT_MEM_ADD, info),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	expect_findings(test, 1, SEAM_CHANGED_RESUME);
	/* The first page is extension memory now, permanently. */
	__free_page(pages[1]);
	__free_page(list);
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
	struct tdx_shim_registers registers = {};
	struct page *page = alloc_page(GFP_KERNEL);

	set_spdm_pages(1);
	registers.rdx = page_to_phys(page) | 1ULL << config_now().address_bits;
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall(SEAM_SPDM_CREATE, &registers, &registers, false),
			SEAM_OPERAND_INVALID | SEAM_RDX);
	expect_findings(test, 1, SEAM_KEYID_IN_ADDRESS);
	__free_page(page);
}

/* The count drops when the host frees the page, not when the module releases it. */
static void returned_pages_that_were_not_freed_are_counted(struct kunit *test)
{
	const u32 before = seam_emulator_held_pages();
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	KUNIT_EXPECT_EQ(test, seam_emulator_held_pages(), before + 1);
	raw_take_back(test, session);
	raw_make_safe(test, page, tdx_global_keyid());
	KUNIT_EXPECT_EQ(test, seam_emulator_held_pages(), before + 1);
	__free_page(page);
	KUNIT_EXPECT_EQ(test, seam_emulator_held_pages(), before);
}

static void a_page_has_a_history(struct kunit *test)
{
	struct seam_event events[8];
	struct page *page = raw_dirty_page(test);

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid() + 1));
	__free_page(page);
	KUNIT_ASSERT_EQ(test, seam_emulator_history(page_to_phys(page), events, ARRAY_SIZE(events)),
			6);
	KUNIT_EXPECT_EQ(test, events[0].kind, SEAM_EVENT_TAKEN);
	KUNIT_EXPECT_EQ(test, events[1].kind, SEAM_EVENT_GIVEN_BACK);
	KUNIT_EXPECT_EQ(test, events[2].kind, SEAM_EVENT_FINDING);
	KUNIT_EXPECT_EQ(test, events[2].detail, SEAM_WRONG_KEYID);
	KUNIT_EXPECT_EQ(test, events[3].kind, SEAM_EVENT_WRITTEN_BACK);
	KUNIT_EXPECT_EQ(test, events[3].detail, tdx_global_keyid() + 1);
	KUNIT_EXPECT_EQ(test, events[4].kind, SEAM_EVENT_FREED);
	KUNIT_EXPECT_EQ(test, events[5].kind, SEAM_EVENT_FINDING);
	KUNIT_EXPECT_EQ(test, events[5].detail, SEAM_FREED_DIRTY);
	KUNIT_EXPECT_EQ(test, seam_emulator_take_findings(NULL, 0), 2);
}

static void the_same_page_twice_in_a_list_is_busy_or_taken(struct kunit *test)
{
	struct tdx_shim_registers registers = {};
	struct page *page = alloc_page(GFP_KERNEL), *list = alloc_page(GFP_KERNEL);
	u64 *entries = page_address(list);

	set_spdm_pages(2);
	raw_flush(page);
	set_page_by_page(false);
	entries[0] = entries[1] = page_to_phys(page);
	registers.rdx = page_to_phys(list) | 1ULL << 55;
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall(SEAM_SPDM_CREATE, &registers, &registers, false),
			SEAM_OPERAND_BUSY | SEAM_RDX);
	set_page_by_page(true);
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall(SEAM_SPDM_CREATE, &registers, &registers, false),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX);
	seam_emulator_settle();
	raw_free_page(test, page, tdx_global_keyid());
	__free_page(list);
}

/* Two pages, one of them still the module's: the write-back includes both. */
static void writing_back_all_caches_cleans_every_page(struct kunit *test)
{
	struct page *returned = raw_dirty_page(test), *handed_over;
	u64 session;

	handed_over = raw_hand_over(test, &session);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(returned)));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(handed_over)));
	wbinvd_on_all_cpus();
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_to_phys(returned)));
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_to_phys(handed_over)));
	raw_take_back(test, session);
	raw_free_page(test, returned, tdx_global_keyid());
	raw_free_page(test, handed_over, tdx_global_keyid());
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

static struct kunit_case cases[] = {
	KUNIT_CASE(correct_use_causes_no_finding),
	KUNIT_CASE(freeing_a_page_of_the_module_is_found),
	KUNIT_CASE(freeing_a_block_with_a_page_of_the_module_is_found),
	KUNIT_CASE(data_written_to_a_freed_page_stays),
	KUNIT_CASE(freeing_a_page_with_dirty_lines_is_found),
	KUNIT_CASE(writing_back_the_wrong_keyid_is_found_and_cleans_nothing),
	KUNIT_CASE(writing_back_a_shared_keyid_is_found),
	KUNIT_CASE(a_host_write_is_found_when_the_page_returns),
	KUNIT_CASE(a_host_write_is_found_by_a_sweep),
	KUNIT_CASE(an_aux_page_that_already_holds_the_answer_is_found),
	KUNIT_CASE(an_aux_page_that_holds_its_last_entry_alone_is_found),
	KUNIT_CASE(the_aux_rule_is_enforced),
	KUNIT_CASE(a_resumption_with_other_inputs_is_found),
	KUNIT_CASE(a_leaf_without_its_feature_is_found),
	KUNIT_CASE(keyid_bits_in_the_address_of_a_page_are_found),
	KUNIT_CASE(a_page_has_a_history),
	KUNIT_CASE(returned_pages_that_were_not_freed_are_counted),
	KUNIT_CASE(the_same_page_twice_in_a_list_is_busy_or_taken),
	KUNIT_CASE(writing_back_all_caches_cleans_every_page),
	KUNIT_CASE(reading_a_page_of_the_module_is_no_finding),
	{},
};

TEST_SUITE("judge", harness_init, harness_exit);
