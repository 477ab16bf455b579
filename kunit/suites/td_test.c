// SPDX-License-Identifier: GPL-2.0
/*
 * The model's TDs and virtual processors, where caches, CPUs and freed pages matter. kunit/user tests
 * what the model answers to each call.
 */
#include "kvm.h"
#include "raw.h"

#define POSTED_INTR_NV	   0x0002
#define SHARED_EPT_POINTER 0x203C
#define PIN_BASED	   0x4000
#define ALL		   (~0ULL)
#define KEYID		   33

/* The TD of each test, with a virtual processor on the first CPU. */
static struct kvm_td td;
static struct kvm_td_vcpu vcpu;

static void make(struct kunit *test)
{
	td = KVM_NO_TD;
	vcpu = KVM_NO_VCPU;
	KUNIT_ASSERT_EQ(test, kvm_td_init(&td, KEYID), 0);
	KUNIT_ASSERT_EQ(test, kvm_td_vcpu_init(&td, &vcpu, 0), 0);
}

static void end(struct kunit *test)
{
	kvm_td_destroy(&td, &vcpu, 1);
	KUNIT_EXPECT_EQ(test, td.hkid, -1);
}

/* Always on one CPU, which the virtual processor is associated with. */
static u64 field_leaf(u16 leaf, u64 field, u64 mask, u64 *value)
{
	struct tdx_shim_registers registers = {
		.rcx = vcpu.tdvpr_pa, .rdx = field, .r8 = *value, .r9 = mask};
	const u64 status = raw_call_on(0, leaf, &registers);

	*value = registers.r8;
	return status;
}

static u64 read_field(u64 field, u64 *value)
{
	*value = UNKNOWN_STATUS;
	return field_leaf(SEAM_VP_RD, field, 0, value);
}

/* The page stays free, but its content is lost and it has dirty lines of the KeyID. */
static void a_late_failure_leaves_dirty_lines_behind(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	CHANGE_CONFIG(no_entropy, 1);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_CREATE, page_to_phys(page), KEYID),
			SEAM_RND_NO_ENTROPY);
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_DIRTY);
}

/* The TD already has all control pages: the module writes to another one, but does not take it. */
static void td_pages_are_written_back_with_the_keyid_of_the_td(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	make(test);
	KUNIT_ASSERT_EQ(test, raw_leaf(SEAM_MNG_ADDCX, page_to_phys(page), td.tdr_pa),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid()));
	expect_findings(test, 1, SEAM_WRONG_KEYID);
	raw_free_page(test, page, KEYID);
	end(test);
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
	value = (u64)KEYID << config_now().address_bits;
	KUNIT_EXPECT_EQ(test, field_leaf(SEAM_VP_WR, SHARED_EPT_POINTER, ALL, &value),
			SEAM_METADATA_VALUE_NOT_VALID);
	KUNIT_EXPECT_EQ(test, value, 0);
	value = PAGE_SIZE;
	expect_success(test, field_leaf(SEAM_VP_WR, SHARED_EPT_POINTER, ALL, &value));
	expect_success(test, read_field(SHARED_EPT_POINTER, &value));
	KUNIT_EXPECT_EQ(test, value, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, read_field(PIN_BASED + 1, &value), SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, value, 0);
	end(test);
}

/* Accessing a field associates the virtual processor, like VP.ENTER. Both CPUs may be in one package. */
static void a_vcpu_is_associated_with_one_logical_processor(struct kunit *test)
{
	make(test);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_RD, vcpu.tdvpr_pa, PIN_BASED),
			SEAM_VCPU_ASSOCIATED);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0),
			SEAM_VCPU_NOT_ASSOCIATED);
	expect_success(test, raw_leaf_on(0, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0));
	expect_success(test, raw_leaf_on(1, SEAM_VP_RD, vcpu.tdvpr_pa, PIN_BASED));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, td.tdr_pa, 0), SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_leaf_on(1, SEAM_VP_FLUSH, vcpu.tdvpr_pa, 0));
	end(test);
}

/* The registers that a guest would change. */
static void a_vcpu_without_a_guest_ends_with_a_triple_fault(struct kunit *test)
{
	struct tdx_shim_registers registers;
	u64 value;

	make(test);
	expect_success(test, raw_leaf(SEAM_MR_FINALIZE, td.tdr_pa, 0));
	registers = (struct tdx_shim_registers){
		.rcx = vcpu.tdvpr_pa, .rdx = 1, .r8 = 1, .r11 = 1, .r15 = 1, .rsi = 1};
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT);
	KUNIT_EXPECT_EQ(test,
			registers.rcx | registers.rdx | registers.r8 | registers.r11 |
				registers.r15 | registers.rsi,
			0);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(0, SEAM_VP_ENTER, vcpu.tdvpr_pa, 0),
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
