// SPDX-License-Identifier: GPL-2.0
/* The fields of TD_PARAMS in the model's TDH.MNG.RD. */
#include "../td_params.h"
#include "raw_td.h"

#define TDCS_EXEC(FIELD) (17ULL << 56 | (FIELD))
#define CPUID_VALUES	 0x9410000300000000ULL
#define NO_SUBLEAF	 0x1FE

static u64 init(struct raw_pages *raw, u64 *rcx)
{
	struct tdx_shim_registers registers = {.rcx = raw_hpa(raw, RAW_TDR),
					       .rdx = page_to_phys(raw->list)};
	const u64 status = raw_call(SEAM_MNG_INIT, &registers);

	*rcx = registers.rcx;
	return status;
}

static void end(struct kunit *test, struct raw_pages *raw)
{
	raw_td_add_vcpu(test, raw);
	raw_td_end(test, raw);
}

static u64 read_field(struct raw_pages *raw, u64 field, u64 *value)
{
	struct tdx_shim_registers registers = {
		.rcx = raw_hpa(raw, RAW_TDR), .rdx = field, .r8 = UNKNOWN_STATUS};
	const u64 status = raw_call(SEAM_MNG_RD, &registers);

	*value = registers.r8;
	return status;
}

/* KVM's field id of a CPUID value, which contains two registers. */
static u64 cpuid_field(u32 leaf, u64 subleaf, u32 half)
{
	return CPUID_VALUES | (u64)(leaf >> 31) << 16 | (u64)(leaf & 0x7f) << 9 | subleaf | half;
}

static void fields_of_a_td_are_what_its_parameters_say(struct kunit *test)
{
	struct raw_pages raw;
	unsigned int i;
	u64 value;

	raw_td_build_until_init(test, &raw);
	KUNIT_EXPECT_EQ(test, read_field(&raw, TDCS_EXEC(0), &value),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_UNINITIALIZED);
	td_params_fill(raw_list(&raw));
	raw_list(&raw)[TD_PARAMS_ATTRIBUTES] = 1ULL << 28;
	raw_list(&raw)[TD_PARAMS_XFAM] = 7;
	/* Leaf 1, EAX and ECX. */
	raw_list(&raw)[TD_PARAMS_CPUID] = 0x000A06D1;
	raw_list(&raw)[TD_PARAMS_CPUID + 1] = 0x01000000;
	expect_success(test, init(&raw, &value));
	const struct {
		u64 field, value;
	} told[] = {
		{TDCS_EXEC(0), 1ULL << 28},
		{TDCS_EXEC(1), 7},
		{TDCS_EXEC(2), 64},
		{TDCS_EXEC(10), 0},
		{TDCS_EXEC(11), 1ULL << 48},
		{cpuid_field(0, NO_SUBLEAF, 0), 0x756E65470000001FULL},
		{cpuid_field(0, NO_SUBLEAF, 1), 0x49656E696C65746EULL},
		{cpuid_field(1, NO_SUBLEAF, 0), 0x000A06D1},
		{cpuid_field(1, NO_SUBLEAF, 1), 0x01000000},
		{cpuid_field(7, 0, 0), 0},
		{cpuid_field(0x80000000, NO_SUBLEAF, 0), 0x756E654780000008ULL},
		{cpuid_field(0x80000008, NO_SUBLEAF, 1), 0},
	};

	for (i = 0; i < ARRAY_SIZE(told); i++) {
		expect_success(test, read_field(&raw, told[i].field, &value));
		KUNIT_EXPECT_EQ(test, value, told[i].value);
	}
	end(test, &raw);
}

static void a_field_that_is_not_there_reads_as_zero(struct kunit *test)
{
	struct raw_pages raw;
	u64 value;

	raw_td_build(test, &raw);
	KUNIT_EXPECT_EQ(test, read_field(&raw, cpuid_field(2, NO_SUBLEAF, 0), &value),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, read_field(&raw, cpuid_field(7, NO_SUBLEAF, 0), &value),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_RD | 1 << 16, raw_hpa(&raw, RAW_TDR), TDCS_EXEC(0)),
			SEAM_OPERAND_INVALID | SEAM_RAX);
	raw_td_end_key(test, &raw);
	KUNIT_EXPECT_EQ(test, read_field(&raw, TDCS_EXEC(0), &value), SEAM_TD_KEYS_NOT_CONFIGURED);
	KUNIT_EXPECT_EQ(test, value, 0);
	raw_td_reclaim(test, &raw);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(fields_of_a_td_are_what_its_parameters_say),
	KUNIT_CASE(a_field_that_is_not_there_reads_as_zero),
	{},
};

TEST_SUITE("model_td_params", harness_init, harness_exit);
