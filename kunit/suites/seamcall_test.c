// SPDX-License-Identifier: GPL-2.0
/*
 * The SEAMCALL instruction: inputs, outputs in both variants of the function, and results if the
 * module is not entered.
 */
#include <linux/trace_events.h>

#include "harness.h"
#include "interface.h"

#define FEATURES0_FIELD 0x0a00000300000008ULL

static const struct tdx_shim_registers inputs = {
	.rcx = 0x1111111111111101,
	.rdx = 0x1111111111111102,
	.r8 = 0x1111111111111108,
	.r9 = 0x1111111111111109,
	.r10 = 0x1111111111111110,
	.r11 = 0x1111111111111111,
	.r12 = 0x1111111111111112,
	.r13 = 0x1111111111111113,
	.r14 = 0x1111111111111114,
	.r15 = 0x1111111111111115,
	.rbx = 0x1111111111111103,
	.rdi = 0x1111111111111107,
	.rsi = 0x1111111111111106,
};

/* In the order of struct tdx_shim_registers. */
static const enum seam_register registers[] = {
	SEAM_RCX, SEAM_RDX, SEAM_R8,  SEAM_R9,	SEAM_R10, SEAM_R11, SEAM_R12,
	SEAM_R13, SEAM_R14, SEAM_R15, SEAM_RBX, SEAM_RDI, SEAM_RSI,
};
static_assert(ARRAY_SIZE(registers) == sizeof(inputs) / sizeof(u64));

static void the_shape_for_one_register_zeroes_five(struct kunit *test)
{
	const u16 leaf = SEAM_PHYMEM_PAGE_RDMD;
	unsigned int i;

	/* They must not be 0 by chance. */
	asm volatile(
		"movq $-1, %%rdx; movq $-1, %%r8; movq $-1, %%r9; movq $-1, %%r10; movq $-1, %%r11"
		:
		:
		: "rdx", "r8", "r9", "r10", "r11");
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(leaf, inputs.rcx),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_RAX), leaf);
	KUNIT_EXPECT_EQ(test, last_register(leaf, SEAM_RCX), inputs.rcx);
	for (i = 1; i < 6; i++)
		KUNIT_EXPECT_EQ(test, last_register(leaf, registers[i]), 0);
}

/* They replace the former content of the structure. */
static void outputs_of_a_leaf_that_fails_come_back(struct kunit *test)
{
	struct tdx_shim_registers out = inputs, expected = inputs;

	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall(SEAM_PHYMEM_PAGE_RDMD, &inputs, &out, false),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	/* This leaf zeroes its outputs before it fails. */
	memset(&expected, 0, offsetof(struct tdx_shim_registers, r12));
	KUNIT_EXPECT_MEMEQ(test, &out, &expected, sizeof(expected));
}

static void all_registers_go_in_and_come_back(struct kunit *test)
{
	struct tdx_shim_registers out, expected;
	u64 *to = &expected.rcx;
	const u64 *from = &inputs.rcx;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(registers); i++)
		to[i] = ~from[i];
	inject(test, NEXT_CALL(SEAM_SYS_RD, SEAM_INJECT_ALL_REGISTERS, SEAM_SUCCESS));
	expect_success(test, tdx_shim_seamcall(SEAM_SYS_RD, &inputs, &out, false));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SYS_RD, SEAM_RAX), SEAM_SYS_RD);
	for (i = 0; i < ARRAY_SIZE(registers); i++)
		KUNIT_EXPECT_EQ(test, last_register(SEAM_SYS_RD, registers[i]), from[i]);
	KUNIT_EXPECT_MEMEQ(test, &out, &expected, sizeof(expected));
}

static void each_shape_does_the_same_while_it_is_traced(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, trace_set_clr_event("tdx_page_array", "tdx_page_array_seamcall", 1),
			0);
	the_shape_for_one_register_zeroes_five(test);
	outputs_of_a_leaf_that_fails_come_back(test);
	all_registers_go_in_and_come_back(test);
	KUNIT_EXPECT_EQ(test, trace_set_clr_event("tdx_page_array", "tdx_page_array_seamcall", 0),
			0);
}

struct outcome {
	const char *name;
	unsigned int kind;
	u64 status;
};

static const struct outcome outcomes[] = {
	{"VMfailInvalid", SEAM_INJECT_VMFAILINVALID, 0x8000FF00FFFF0000ULL},
	{"SEAMRR is off", SEAM_INJECT_GP, 0x8000FF000000000DULL},
	{"VMX is off", SEAM_INJECT_UD, 0x8000FF0000000006ULL},
};

KUNIT_ARRAY_PARAM_DESC(outcome, outcomes, name);

static void registers_keep_the_inputs_when_the_module_does_not_run(struct kunit *test)
{
	const struct outcome *outcome = test->param_value;
	struct tdx_shim_registers out = {};

	inject(test, NEXT_CALL(SEAM_SYS_RD, outcome->kind, 0));
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall_rcx(SEAM_SYS_RD, 0), outcome->status);
	inject(test, NEXT_CALL(SEAM_SYS_RD, outcome->kind, 0));
	KUNIT_EXPECT_EQ(test, tdx_shim_seamcall(SEAM_SYS_RD, &inputs, &out, false),
			outcome->status);
	KUNIT_EXPECT_MEMEQ(test, &out, &inputs, sizeof(inputs));
}

/* A machine that executes SEAMCALL cannot see whether preemption is enabled. */
static void a_seamcall_with_preemption_on_is_found(struct kunit *test)
{
	const bool is_seen = IS_ENABLED(CONFIG_PREEMPT_COUNT) && !seam_emulator_sees_accesses();
	u64 rax = SEAM_SYS_RD, rcx = 0, rdx = FEATURES0_FIELD;

	asm volatile(".byte 0x66, 0x0f, 0x01, 0xcf"
		     : "+a"(rax), "+c"(rcx), "+d"(rdx)
		     :
		     : "r8", "r9", "r10", "r11", "cc", "memory");
	expect_success(test, rax);
	expect_findings(test, is_seen, SEAM_PREEMPTIBLE);
	/* tdx_page_array issues SEAMCALLs with preemption disabled. */
	expect_success(test, tdx_tdh_sys_rd(FEATURES0_FIELD, &rdx));
	expect_findings(test, 0, SEAM_PREEMPTIBLE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_shape_for_one_register_zeroes_five),
	KUNIT_CASE(outputs_of_a_leaf_that_fails_come_back),
	KUNIT_CASE(all_registers_go_in_and_come_back),
	KUNIT_CASE(each_shape_does_the_same_while_it_is_traced),
	KUNIT_CASE_PARAM(registers_keep_the_inputs_when_the_module_does_not_run,
			 outcome_gen_params),
	KUNIT_CASE(a_seamcall_with_preemption_on_is_found),
	{},
};

TEST_SUITE("seamcall", harness_init, harness_exit);
