// SPDX-License-Identifier: GPL-2.0
/* The model's virtual processors: APIC IDs, VP.RD and VP.WR, and VP.ENTER. */
#include "../td_params.h"
#include "raw_td.h"

#define POSTED_INTR_NV	   0x0002
#define SHARED_EPT_POINTER 0x203C
#define PIN_BASED	   0x4000
#define STATE_DETAILS	   (1ULL << 63 | 17ULL << 56 | 0x100)
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

static u64 write_field(u64 field, u64 value, u64 mask)
{
	return field_leaf(SEAM_VP_WR, field, mask, &value);
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

static void a_field_keeps_the_bits_that_are_written(struct kunit *test)
{
	u64 value = 0xE0;

	make(test);
	expect_success(test, read_field(POSTED_INTR_NV, &value));
	KUNIT_EXPECT_EQ(test, value, 0);
	value = 0xE2;
	expect_success(test, field_leaf(SEAM_VP_WR, POSTED_INTR_NV, 0xFFFF, &value));
	KUNIT_EXPECT_EQ(test, value, 0);
	value = 0x0F;
	expect_success(test, field_leaf(SEAM_VP_WR, POSTED_INTR_NV, 0x0F, &value));
	KUNIT_EXPECT_EQ(test, value, 0xE2);
	expect_success(test, read_field(POSTED_INTR_NV, &value));
	KUNIT_EXPECT_EQ(test, value, 0xEF);
	expect_success(test, write_field(PIN_BASED, 1 << 7, 1 << 7));
	end(test);
}

static void fields_that_the_host_may_not_write_are_refused(struct kunit *test)
{
	unsigned int i;
	u64 value;

	const struct {
		u64 field, value, mask, status;
	} bad[] = {
		{0x681E, 0, ALL, SEAM_METADATA_ID_INCORRECT},
		{STATE_DETAILS, 1, ALL, SEAM_METADATA_NOT_WRITABLE},
		{PIN_BASED, 1, 1, SEAM_METADATA_NOT_WRITABLE},
		{SHARED_EPT_POINTER, (u64)RAW_TD_KEYID << config_now().address_bits, ALL,
		 SEAM_METADATA_VALUE_NOT_VALID},
	};

	make(test);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		value = bad[i].value;
		KUNIT_EXPECT_EQ(test, field_leaf(SEAM_VP_WR, bad[i].field, bad[i].mask, &value),
				bad[i].status);
		KUNIT_EXPECT_EQ(test, value, 0);
	}
	expect_success(test, write_field(SHARED_EPT_POINTER, page_to_phys(raw.list), ALL));
	expect_success(test, read_field(SHARED_EPT_POINTER, &value));
	KUNIT_EXPECT_EQ(test, value, page_to_phys(raw.list));
	expect_success(test, read_field(STATE_DETAILS, &value));
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, read_field(0x681E, &value), SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, value, 0);
	end(test);
}

static void a_vcpu_has_fields_from_its_initialisation_on(struct kunit *test)
{
	u64 value;

	raw_td_build(test, &raw);
	KUNIT_EXPECT_EQ(test, read_field(POSTED_INTR_NV, &value),
			SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_UNINITIALIZED);
	KUNIT_EXPECT_EQ(test, write_field(POSTED_INTR_NV, 0xE2, 0xFF),
			SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_UNINITIALIZED);
	expect_success(test, raw_td_init_vcpu(&raw, 0));
	KUNIT_EXPECT_EQ(test,
			raw_leaf_on(0, SEAM_VP_RD | 1 << 16, raw_hpa(&raw, RAW_TDVPR), PIN_BASED),
			SEAM_OPERAND_INVALID | SEAM_RAX);
	end(test);
}

/* Accessing a field associates the virtual processor, like VP.ENTER. */
static void a_vcpu_is_associated_with_one_logical_processor(struct kunit *test)
{
	u64 tdvpr;

	make(test);
	tdvpr = raw_hpa(&raw, RAW_TDVPR);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_VP_RD, tdvpr, PIN_BASED), SEAM_VCPU_ASSOCIATED);
	expect_success(test, raw_td_flush_vcpu(tdvpr));
	expect_success(test, raw_leaf_on(1, SEAM_VP_RD, tdvpr, PIN_BASED));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, raw_hpa(&raw, RAW_TDR), 0),
			SEAM_FLUSHVP_NOT_DONE);
	expect_success(test, raw_leaf_on(1, SEAM_VP_FLUSH, tdvpr, 0));
	raw_td_end(test, &raw);
}

static void add_second(struct kunit *test, struct raw_pages *other)
{
	unsigned int i;

	raw_alloc(test, other, 1 + RAW_TDCX_PAGES);
	assert_success(test, raw_leaf(SEAM_VP_CREATE, raw_hpa(other, 0), raw_hpa(&raw, RAW_TDR)));
	for (i = 1; i <= RAW_TDCX_PAGES; i++)
		assert_success(test, raw_leaf(SEAM_VP_ADDCX, raw_hpa(other, i), raw_hpa(other, 0)));
}

static void reclaim_second(struct kunit *test, struct raw_pages *other)
{
	unsigned int i;

	for (i = 0; i <= RAW_TDCX_PAGES; i++)
		expect_success(test, raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, raw_hpa(other, i), 0));
	raw_free(test, other, RAW_TD_KEYID);
}

static u64 init_second(struct raw_pages *other, u64 apic_id)
{
	struct tdx_shim_registers registers = {.rcx = raw_hpa(other, 0), .r8 = apic_id};

	return raw_call_on(0, SEAM_VP_INIT | 1 << 16, &registers);
}

static void apic_ids_of_a_td_are_unique(struct kunit *test)
{
	struct raw_pages other;

	raw_td_build(test, &raw);
	add_second(test, &other);
	expect_success(test, raw_td_init_vcpu(&raw, 7));
	KUNIT_EXPECT_EQ(test, init_second(&other, 7), SEAM_X2APIC_ID_NOT_UNIQUE | 7);
	expect_success(test, init_second(&other, 8));
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&other, 0)));
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)));
	raw_td_end_key(test, &raw);
	reclaim_second(test, &other);
	raw_td_reclaim(test, &raw);
}

static void a_td_has_as_many_vcpus_as_its_parameters_say(struct kunit *test)
{
	struct raw_pages other;

	raw_td_build_until_init(test, &raw);
	td_params_fill(raw_list(&raw));
	raw_list(&raw)[TD_PARAMS_MAX_VCPUS] = 1;
	assert_success(test,
		       raw_leaf(SEAM_MNG_INIT, raw_hpa(&raw, RAW_TDR), page_to_phys(raw.list)));
	raw_td_add_vcpu(test, &raw);
	add_second(test, &other);
	expect_success(test, raw_td_init_vcpu(&raw, 0));
	KUNIT_EXPECT_EQ(test, init_second(&other, 1), SEAM_MAX_VCPUS_EXCEEDED);
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&raw, RAW_TDVPR)));
	raw_td_end_key(test, &raw);
	reclaim_second(test, &other);
	raw_td_reclaim(test, &raw);
}

/* The registers that a guest would change, and RBP, which is preserved. */
static void a_vcpu_without_a_guest_ends_with_a_triple_fault(struct kunit *test)
{
	struct tdx_shim_registers registers;
	u64 value;

	make(test);
	registers = (struct tdx_shim_registers){.rcx = raw_hpa(&raw, RAW_TDVPR), .r15 = 1};
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_INITIALIZED);
	expect_success(test, raw_leaf(SEAM_MR_FINALIZE, raw_hpa(&raw, RAW_TDR), 0));
	registers = (struct tdx_shim_registers){.rcx = raw_hpa(&raw, RAW_TDVPR) | 1 << 11};
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	registers = (struct tdx_shim_registers){.rcx = raw_hpa(&raw, RAW_TDVPR)};
	KUNIT_EXPECT_EQ(test, raw_call_on(1, SEAM_VP_ENTER, &registers), SEAM_VCPU_ASSOCIATED);
	registers = (struct tdx_shim_registers){
		.rcx = raw_hpa(&raw, RAW_TDVPR), .rdx = 1, .r8 = 1, .r11 = 1, .r15 = 1, .rsi = 1};
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_NON_RECOVERABLE_VCPU | SEAM_EXIT_TRIPLE_FAULT);
	KUNIT_EXPECT_EQ(test,
			registers.rcx | registers.rdx | registers.r8 | registers.r11 |
				registers.r15 | registers.rsi,
			0);
	registers.rcx = raw_hpa(&raw, RAW_TDVPR);
	KUNIT_EXPECT_EQ(test, raw_call_on(0, SEAM_VP_ENTER, &registers),
			SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED);
	/* Its fields can still be read, to find the reason. */
	expect_success(test, read_field(PIN_BASED, &value));
	KUNIT_EXPECT_EQ(test, write_field(PIN_BASED, 0, ALL),
			SEAM_VCPU_STATE_INCORRECT | SEAM_VCPU_DISABLED);
	end(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_field_keeps_the_bits_that_are_written),
	KUNIT_CASE(fields_that_the_host_may_not_write_are_refused),
	KUNIT_CASE(a_vcpu_has_fields_from_its_initialisation_on),
	KUNIT_CASE(a_vcpu_is_associated_with_one_logical_processor),
	KUNIT_CASE(apic_ids_of_a_td_are_unique),
	KUNIT_CASE(a_td_has_as_many_vcpus_as_its_parameters_say),
	KUNIT_CASE(a_vcpu_without_a_guest_ends_with_a_triple_fault),
	{},
};

TEST_SUITE("model_vcpu", harness_init, harness_exit);
