// SPDX-License-Identifier: GPL-2.0
/* The model's system states, from a loaded module to a ready one. */
#include <linux/smp.h>

#include "start.h"

#define FEATURES0 0x0a00000300000008ULL
#define EXT_PAGES 0x3100000200000000ULL

/* Which other leaves each state allows is recorded (20_gates_*). */
static void a_module_becomes_ready_step_by_step(struct kunit *test)
{
	const u64 key = tdx_global_keyid();
	struct tdx_shim_registers registers;
	struct start start;
	unsigned int cpu;

	start_prepare(test, &start);
	start_expect_state(test, SEAM_SYSINIT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_LP_INIT, 0, 0), SEAM_SYS_LP_INIT_NOT_PENDING);
	expect_success(test, raw_leaf(SEAM_SYS_INIT, 0, 0));
	start_expect_state(test, SEAM_SYSINIT_DONE);
	for_each_online_cpu(cpu) {
		KUNIT_EXPECT_EQ(test, start_config(&start, 1, key), SEAM_SYS_CONFIG_NOT_PENDING);
		registers = (struct tdx_shim_registers){.rdx = FEATURES0};
		KUNIT_EXPECT_EQ(test, raw_call_on(cpu, SEAM_SYS_RD, &registers),
				SEAM_SYS_LP_INIT_NOT_DONE);
		registers = (struct tdx_shim_registers){.rcx = 1, .rdx = 1, .r8 = 1, .r9 = 1};
		expect_success(test, raw_call_on(cpu, SEAM_SYS_LP_INIT, &registers));
		KUNIT_EXPECT_EQ(test, registers.rcx | registers.rdx | registers.r8, 0);
		KUNIT_EXPECT_EQ(test, registers.r9, 1);
		KUNIT_EXPECT_EQ(test, raw_leaf_on(cpu, SEAM_SYS_LP_INIT, 0, 0),
				SEAM_SYS_LP_INIT_DONE);
		registers = (struct tdx_shim_registers){.rdx = FEATURES0};
		expect_success(test, raw_call_on(cpu, SEAM_SYS_RD, &registers));
	}
	expect_success(test, start_config(&start, 1, key));
	start_expect_state(test, SEAM_SYSCONFIG_DONE);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, key), SEAM_SYS_CONFIG_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_LP_INIT, 0, 0), SEAM_SYS_LP_INIT_NOT_PENDING);
	expect_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
	start_expect_state(test, SEAM_SYS_READY);
}

/* Version 1 of SYS.CONFIG enables features. */
static u64 config_with_features(const struct start *start, u64 features)
{
	struct tdx_shim_registers registers = {
		.rcx = page_to_phys(start->list),
		.rdx = 1,
		.r8 = tdx_global_keyid(),
		.r9 = features,
	};

	return raw_call(SEAM_SYS_CONFIG | 1 << 16, &registers);
}

static u64 update_features(u64 features)
{
	struct tdx_shim_registers registers = {.r9 = features};

	return raw_call(SEAM_SYS_UPDATE | 1 << 16, &registers);
}

/* Features that are not enabled have no metadata. */
static void features_are_enabled_by_the_configuration_or_an_update(struct kunit *test)
{
	struct start start;
	u64 value;

	start_prepare(test, &start);
	start_init(test);
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(EXT_PAGES, &value), SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, config_with_features(&start, 1ULL << 63),
			SEAM_OPERAND_INVALID | SEAM_R9);
	expect_success(test, config_with_features(&start, SEAM_FEATURE_EXT));
	expect_success(test, tdx_tdh_sys_rd(EXT_PAGES, &value));
	KUNIT_EXPECT_EQ(test, value, 12800);
	expect_success(test, update_features(0));
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(EXT_PAGES, &value), SEAM_METADATA_ID_INCORRECT);
	expect_success(test, update_features(SEAM_FEATURE_EXT));
	expect_success(test, tdx_tdh_sys_rd(EXT_PAGES, &value));
}

static void a_module_without_version_1_is_configured_without_features(struct kunit *test)
{
	const u32 version = config_now().minor_version;
	struct start start;
	u64 value;

	start_prepare(test, &start);
	start_init(test);
	CHANGE_CONFIG(minor_version, 0);
	KUNIT_EXPECT_EQ(test, config_with_features(&start, SEAM_FEATURE_EXT),
			SEAM_OPERAND_INVALID | SEAM_RAX);
	expect_success(test, start_config(&start, 1, tdx_global_keyid()));
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(EXT_PAGES, &value), SEAM_METADATA_ID_INCORRECT);
	CHANGE_CONFIG(minor_version, version);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_module_becomes_ready_step_by_step),
	KUNIT_CASE(features_are_enabled_by_the_configuration_or_an_update),
	KUNIT_CASE(a_module_without_version_1_is_configured_without_features),
	{},
};

TEST_SUITE("model_bring_up", harness_init, start_exit);
