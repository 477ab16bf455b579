// SPDX-License-Identifier: GPL-2.0
/*
 * The model's TDs and virtual processors, where caches, CPUs and freed pages matter. kunit/user tests
 * what the model answers to each call.
 */
#include "raw_td.h"

#define POSTED_INTR_NV	   0x0002
#define SHARED_EPT_POINTER 0x203C
#define PIN_BASED	   0x4000
#define ALL		   (~0ULL)

/* The TD of each test. */
static struct raw_pages raw;

/* Always on one CPU, which the virtual processor is associated with. */
static u64 field_leaf(u16 leaf, u64 field, u64 mask, u64 *value)
{
	struct tdx_shim_registers registers = {
		.rcx = raw_hpa(&raw, RAW_TDVPR), .rdx = field, .r8 = *value, .r9 = mask};
	const u64 status = raw_call_on(0, leaf, &registers);

	*value = registers.r8;
	return status;
}

static u64 read_field(u64 field, u64 *value)
{
	*value = UNKNOWN_STATUS;
	return field_leaf(SEAM_VP_RD, field, 0, value);
}

static void make(struct kunit *test)
{
	raw_td_build(test, &raw);
	assert_success(test, raw_td_init_vcpu(&raw, 0));
}

static void end(struct kunit *test)
{
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)));
	raw_td_end(test, &raw);
}

/* The page stays free, but its content is lost and it has dirty lines of the KeyID. */
static void a_late_failure_leaves_dirty_lines_behind(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	CHANGE_CONFIG(no_entropy, 1);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_CREATE, page_to_phys(page), RAW_TD_KEYID),
			SEAM_RND_NO_ENTROPY);
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_DIRTY);
}

/* The TD already has all control pages: the module writes to another one, but does not take it. */
static void td_pages_are_written_back_with_the_keyid_of_the_td(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	raw_td_build(test, &raw);
	KUNIT_ASSERT_EQ(test, raw_leaf(SEAM_MNG_ADDCX, page_to_phys(page), raw_hpa(&raw, RAW_TDR)),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid()));
	expect_findings(test, 1, SEAM_WRONG_KEYID);
	raw_free_page(test, page, RAW_TD_KEYID);
	raw_td_end(test, &raw);
}

static void a_field_keeps_the_bits_that_are_written(struct kunit *test)
{
	u64 value = 0xE2;

	make(test);
	expect_success(test, field_leaf(SEAM_VP_WR, POSTED_INTR_NV, 0xFFFF, &value));
	KUNIT_EXPECT_EQ(test, value, 0);
	value = 0x0F;
	expect_success(test, field_leaf(SEAM_VP_WR, POSTED_INTR_NV, 0x0F, &value));
	KUNIT_EXPECT_EQ(test, value, 0xE2);
	expect_success(test, read_field(POSTED_INTR_NV, &value));
	KUNIT_EXPECT_EQ(test, value, 0xEF);
	/* Its address has no private KeyID. */
	value = (u64)RAW_TD_KEYID << config_now().address_bits;
	KUNIT_EXPECT_EQ(test, field_leaf(SEAM_VP_WR, SHARED_EPT_POINTER, ALL, &value),
			SEAM_METADATA_VALUE_NOT_VALID);
	KUNIT_EXPECT_EQ(test, value, 0);
	value = page_to_phys(raw.list);
	expect_success(test, field_leaf(SEAM_VP_WR, SHARED_EPT_POINTER, ALL, &value));
	expect_success(test, read_field(SHARED_EPT_POINTER, &value));
	KUNIT_EXPECT_EQ(test, value, page_to_phys(raw.list));
	KUNIT_EXPECT_EQ(test, read_field(PIN_BASED + 1, &value), SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, value, 0);
	end(test);
}

/* Accessing a field associates the virtual processor, like VP.ENTER. Both CPUs may be in one package. */
static void a_vcpu_is_associated_with_one_logical_processor(struct kunit *test)
{
	u64 tdvpr;

	make(test);
	tdvpr = raw_hpa(&raw, RAW_TDVPR);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_RD, tdvpr, PIN_BASED), SEAM_VCPU_ASSOCIATED);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_FLUSH, tdvpr, 0), SEAM_VCPU_NOT_ASSOCIATED);
	expect_success(test, raw_td_flush_vcpu(tdvpr));
	expect_success(test, raw_leaf_on(1, SEAM_VP_RD, tdvpr, PIN_BASED));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, raw_hpa(&raw, RAW_TDR), 0),
			SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_leaf_on(1, SEAM_VP_FLUSH, tdvpr, 0));
	raw_td_end(test, &raw);
}

/* The registers that a guest would change. */
static void a_vcpu_without_a_guest_ends_with_a_triple_fault(struct kunit *test)
{
	struct tdx_shim_registers registers;
	u64 value;

	make(test);
	expect_success(test, raw_leaf(SEAM_MR_FINALIZE, raw_hpa(&raw, RAW_TDR), 0));
	registers = (struct tdx_shim_registers){
		.rcx = raw_hpa(&raw, RAW_TDVPR), .rdx = 1, .r8 = 1, .r11 = 1, .r15 = 1, .rsi = 1};
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT);
	KUNIT_EXPECT_EQ(test,
			registers.rcx | registers.rdx | registers.r8 | registers.r11 |
				registers.r15 | registers.rsi,
			0);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(0, SEAM_VP_ENTER, raw_hpa(&raw, RAW_TDVPR), 0),
			SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED);
	/* Its fields can still be read, to find the reason. */
	expect_success(test, read_field(PIN_BASED, &value));
	end(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_late_failure_leaves_dirty_lines_behind),
	KUNIT_CASE(td_pages_are_written_back_with_the_keyid_of_the_td),
	KUNIT_CASE(a_field_keeps_the_bits_that_are_written),
	KUNIT_CASE(a_vcpu_is_associated_with_one_logical_processor),
	KUNIT_CASE(a_vcpu_without_a_guest_ends_with_a_triple_fault),
	{},
};

TEST_SUITE("model_td", harness_init, harness_exit);
