// SPDX-License-Identifier: GPL-2.0
/* The model's system states: from a loaded module to a ready one, and to its end. */
#include "raw.h"

static u64 leaf(u64 number, u64 rcx, u64 rdx, u64 r8, u64 r9)
{
	struct tdx_shim_all_registers registers = {.rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9};

	return raw_call(number, &registers);
}

static void expect_state(struct kunit *test, u32 state)
{
	struct seam_config config;

	seam_emulator_get_config(&config);
	KUNIT_EXPECT_EQ(test, config.sys_state, state);
}

/* Ends in @state, from which the module has to be brought up. */
static void unload(u32 state)
{
	struct seam_config config;

	seam_emulator_get_config(&config);
	config.sys_state = state;
	seam_emulator_set_config(&config);
}

/* The way of arch/x86/virt/vmx/tdx/tdx.c; version 1 of SYS.CONFIG enables @features. */
static void bring_up(struct kunit *test, struct page *tdmrs, u64 features)
{
	const bool dynamic = false;
	unsigned int steps = 0;
	u64 status;

	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_INIT, 0, 0, 0, 0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_INIT, 0, 0, 0, 0), SEAM_SYS_INIT_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_RD, 0, 0x0a00000300000008ULL, 0, 0),
			SEAM_SYS_LP_INIT_NOT_DONE);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_LP_INIT, 0, 0, 0, 0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_LP_INIT, 0, 0, 0, 0), SEAM_SYS_LP_INIT_DONE);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_KEY_CONFIG, 0, 0, 0, 0),
			SEAM_SYS_KEY_CONFIG_NOT_PENDING);
	KUNIT_EXPECT_EQ(test,
			leaf(SEAM_SYS_CONFIG | 1 << 16, page_to_phys(tdmrs), 1,
			     tdx_global_keyid() | (u64)dynamic << 16, 1ULL << 63),
			SEAM_OPERAND_INVALID | SEAM_R9);
	KUNIT_EXPECT_EQ(test,
			leaf(SEAM_SYS_CONFIG | 1 << 16, page_to_phys(tdmrs), 1, tdx_global_keyid(),
			     features),
			SEAM_SUCCESS);
	expect_state(test, SEAM_SYSCONFIG_DONE);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_PHYMEM_PAGE_RDMD, page_to_phys(tdmrs), 0, 0, 0),
			SEAM_SYS_NOT_READY);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_KEY_CONFIG, 0, 0, 0, 0), SEAM_SUCCESS);
	expect_state(test, SEAM_SYS_READY);

	KUNIT_EXPECT_EQ(test, leaf(SEAM_PHYMEM_PAGE_RDMD, page_to_phys(tdmrs), 0, 0, 0),
			SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX);
	do {
		status = leaf(SEAM_SYS_TDMR_INIT, 0, 0, 0, 0);
		steps++;
	} while (!status);
	KUNIT_EXPECT_EQ(test, status, SEAM_TDMR_ALREADY_INITIALIZED);
	KUNIT_EXPECT_GT(test, steps, 2);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_PHYMEM_PAGE_RDMD, page_to_phys(tdmrs), 0, 0, 0),
			SEAM_SUCCESS);
}

static void a_module_becomes_ready_step_by_step(struct kunit *test)
{
	struct page *tdmrs = alloc_page(GFP_KERNEL);
	u64 value;

	unload(SEAM_SYSINIT_PENDING);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_LP_INIT, 0, 0, 0, 0), SEAM_SYS_LP_INIT_NOT_PENDING);
	bring_up(test, tdmrs, SEAM_FEATURE_EXT | SEAM_FEATURE_TDXCONNECT);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x3100000200000000ULL, &value), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 12800);
	__free_page(tdmrs);
}

static void features_that_are_not_enabled_have_no_metadata(struct kunit *test)
{
	struct page *tdmrs = alloc_page(GFP_KERNEL);
	u64 value;

	unload(SEAM_SYSINIT_PENDING);
	bring_up(test, tdmrs, 0);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x3100000200000000ULL, &value),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_UPDATE | 1 << 16, 0, 0, 0, SEAM_FEATURE_EXT),
			SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x3100000200000000ULL, &value), SEAM_SUCCESS);
	__free_page(tdmrs);
}

static void a_module_that_was_shut_down_answers_nothing(struct kunit *test)
{
	u64 value;

	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_SHUTDOWN_LEAF, 0, 0, 0, 0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x0a00000300000008ULL, &value), SEAM_SYS_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_LP_SHUTDOWN, 0, 0, 0, 0), SEAM_SUCCESS);
}

/* What the module owns when it goes down is out of reach: the pages stay in quarantine. */
static void pages_of_a_module_that_was_shut_down_are_not_lost(struct kunit *test)
{
	struct tdx_page_array *array;
	u64 session;

	array = make_session(test, 4, &session);
	KUNIT_EXPECT_EQ(test, leaf(SEAM_SYS_SHUTDOWN_LEAF, 0, 0, 0, 0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(session, array), SEAM_SYS_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	unload(SEAM_SYS_READY);
	empty_quarantine(test);
}

static void an_impossible_fault_is_not_planned(struct kunit *test)
{
	struct seam_injection fault = {.leaf = SEAM_SYS_RD, .nth = 1, .times = 1};
	unsigned int i;

	fault.leaf = SEAM_LEAVES;
	KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), -EINVAL);
	fault = (struct seam_injection){.leaf = SEAM_SYS_RD, .times = 1};
	KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), -EINVAL);
	fault = (struct seam_injection){.leaf = SEAM_SYS_RD, .nth = 1};
	KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), -EINVAL);
	fault = (struct seam_injection){
		.kind = SEAM_INJECT_LIE,
		.leaf = SEAM_SYS_RD,
		.nth = 1,
		.times = 1,
		.value = SEAM_LIES,
	};
	KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), -EINVAL);
	fault.value = SEAM_LIE_LONG_OUTPUT;
	KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), -EINVAL);
	KUNIT_EXPECT_EQ(test, seam_emulator_pending_injections(), 0);
	fault = (struct seam_injection){.leaf = SEAM_SYS_RD, .nth = 1, .times = 1};
	for (i = 0; i < SEAM_MAX_INJECTIONS; i++)
		KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_inject(&fault), -EINVAL);
	seam_emulator_reset();
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_module_becomes_ready_step_by_step),
	KUNIT_CASE(features_that_are_not_enabled_have_no_metadata),
	KUNIT_CASE(a_module_that_was_shut_down_answers_nothing),
	KUNIT_CASE(pages_of_a_module_that_was_shut_down_are_not_lost),
	KUNIT_CASE(an_impossible_fault_is_not_planned),
	{},
};

static struct kunit_suite suite = {
	.name = "model_bring_up",
	.init = harness_init,
	.exit = harness_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);
