// SPDX-License-Identifier: GPL-2.0
/* The model's system states: from a loaded module to a ready one, and to its shutdown. */
#include <linux/smp.h>

#include "start.h"

#define FEATURES0 0x0a00000300000008ULL
#define EXT_PAGES 0x3100000200000000ULL

/* Sets @state, whatever state the module is in. */
static void force_state(u32 state)
{
	CHANGE_CONFIG(sys_state, state);
}

static void a_module_becomes_ready_step_by_step(struct kunit *test)
{
	const u64 key = tdx_global_keyid();
	struct start start;

	start_prepare(test, &start);
	start_expect_state(test, SEAM_SYSINIT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_LP_INIT, 0, 0), SEAM_SYS_LP_INIT_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, key), SEAM_SYS_CONFIG_NOT_PENDING);
	start_init(test);
	start_expect_state(test, SEAM_SYSINIT_DONE);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_LP_INIT, 0, 0), SEAM_SYS_LP_INIT_DONE);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_INIT, 0, 0), SEAM_SYS_INIT_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0), SEAM_SYS_KEY_CONFIG_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_TDMR_INIT, start.base, 0), SEAM_SYS_NOT_READY);
	expect_success(test, start_config(&start, 1, key));
	start_expect_state(test, SEAM_SYSCONFIG_DONE);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, key), SEAM_SYS_CONFIG_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_LP_INIT, 0, 0), SEAM_SYS_LP_INIT_NOT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_PHYMEM_PAGE_RDMD, start.base, 0), SEAM_SYS_NOT_READY);
	expect_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
	start_expect_state(test, SEAM_SYS_READY);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0), SEAM_SYS_KEY_CONFIG_NOT_PENDING);
}

static void the_initialisation_has_no_operands_and_needs_entropy(struct kunit *test)
{
	struct tdx_shim_registers registers = {
		.rcx = 1, .rdx = 1, .r8 = 1, .r9 = 1, .r10 = 1, .r11 = 1};

	seam_platform_power_on();
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SYS_INIT, &registers), SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, registers.rcx | registers.rdx | registers.r8 | registers.r9, 0);
	KUNIT_EXPECT_EQ(test, registers.r10, 0);
	KUNIT_EXPECT_EQ(test, registers.r11, 1);
	CHANGE_CONFIG(no_entropy, 1);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_INIT, 0, 0), SEAM_RND_NO_ENTROPY);
	CHANGE_CONFIG(no_entropy, 0);
	expect_success(test, raw_leaf(SEAM_SYS_INIT, 0, 0));
	registers = (struct tdx_shim_registers){.rcx = 1, .rdx = 1, .r8 = 1, .r9 = 1};
	expect_success(test, raw_call(SEAM_SYS_LP_INIT, &registers));
	KUNIT_EXPECT_EQ(test, registers.rcx | registers.rdx | registers.r8, 0);
	KUNIT_EXPECT_EQ(test, registers.r9, 1);
}

static void every_cpu_is_initialised_before_the_configuration(struct kunit *test)
{
	struct tdx_shim_registers registers;
	struct start start;
	unsigned int cpu;

	start_prepare(test, &start);
	expect_success(test, raw_leaf(SEAM_SYS_INIT, 0, 0));
	for_each_online_cpu(cpu) {
		KUNIT_EXPECT_EQ(test, start_config(&start, 1, tdx_global_keyid()),
				SEAM_SYS_CONFIG_NOT_PENDING);
		registers = (struct tdx_shim_registers){.rdx = FEATURES0};
		KUNIT_EXPECT_EQ(test, raw_call_on(cpu, SEAM_SYS_RD, &registers),
				SEAM_SYS_LP_INIT_NOT_DONE);
		expect_success(test, raw_leaf_on(cpu, SEAM_SYS_LP_INIT, 0, 0));
		KUNIT_EXPECT_EQ(test, raw_leaf_on(cpu, SEAM_SYS_LP_INIT, 0, 0),
				SEAM_SYS_LP_INIT_DONE);
		registers = (struct tdx_shim_registers){.rdx = FEATURES0};
		expect_success(test, raw_call_on(cpu, SEAM_SYS_RD, &registers));
	}
	expect_success(test, start_config(&start, 1, tdx_global_keyid()));
}

/* The emulator assigns CPUs to packages in turn. */
static void every_package_gets_the_key(struct kunit *test)
{
	struct start start;

	start_prepare(test, &start);
	set_packages(2);
	start_init(test);
	expect_success(test, start_config(&start, 1, tdx_global_keyid()));
	expect_success(test, raw_leaf_on(1, SEAM_SYS_KEY_CONFIG, 0, 0));
	KUNIT_EXPECT_EQ(test, raw_leaf_on(1, SEAM_SYS_KEY_CONFIG, 0, 0), SEAM_KEY_CONFIGURED);
	start_expect_state(test, SEAM_SYSCONFIG_DONE);
	expect_success(test, raw_leaf_on(0, SEAM_SYS_KEY_CONFIG, 0, 0));
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

static void features_are_enabled_by_the_configuration(struct kunit *test)
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
}

static void set_minor_version(u32 version)
{
	CHANGE_CONFIG(minor_version, version);
}

static void a_module_without_version_1_is_configured_without_features(struct kunit *test)
{
	struct start start;

	start_prepare(test, &start);
	start_init(test);
	set_minor_version(0);
	KUNIT_EXPECT_EQ(test, config_with_features(&start, SEAM_FEATURE_EXT),
			SEAM_OPERAND_INVALID | SEAM_RAX);
	expect_success(test, start_config(&start, 1, tdx_global_keyid()));
	set_minor_version(5);
}

static void features_that_are_not_enabled_have_no_metadata(struct kunit *test)
{
	struct tdx_shim_registers registers = {.r9 = SEAM_FEATURE_EXT};
	struct start start;
	u64 value;

	start_prepare(test, &start);
	start_init(test);
	expect_success(test, start_config(&start, 1, tdx_global_keyid()));
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(EXT_PAGES, &value), SEAM_METADATA_ID_INCORRECT);
	expect_success(test, raw_call(SEAM_SYS_UPDATE | 1 << 16, &registers));
	expect_success(test, tdx_tdh_sys_rd(EXT_PAGES, &value));
}

static void a_module_that_was_shut_down_answers_nothing(struct kunit *test)
{
	u64 value;

	expect_success(test, raw_leaf(SEAM_SYS_SHUTDOWN_LEAF, 0, 0));
	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(FEATURES0, &value), SEAM_SYS_SHUTDOWN);
	expect_success(test, raw_leaf(SEAM_SYS_LP_SHUTDOWN, 0, 0));
}

/* Pages that the module owns at its shutdown stay in quarantine until it is ready again. */
static void pages_of_a_module_that_was_shut_down_are_not_lost(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 4, &session);

	expect_success(test, raw_leaf(SEAM_SYS_SHUTDOWN_LEAF, 0, 0));
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(session, array), SEAM_SYS_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	force_state(SEAM_SYS_READY);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_module_becomes_ready_step_by_step),
	KUNIT_CASE(the_initialisation_has_no_operands_and_needs_entropy),
	KUNIT_CASE(every_cpu_is_initialised_before_the_configuration),
	KUNIT_CASE(every_package_gets_the_key),
	KUNIT_CASE(features_are_enabled_by_the_configuration),
	KUNIT_CASE(a_module_without_version_1_is_configured_without_features),
	KUNIT_CASE(features_that_are_not_enabled_have_no_metadata),
	KUNIT_CASE(a_module_that_was_shut_down_answers_nothing),
	KUNIT_CASE(pages_of_a_module_that_was_shut_down_are_not_lost),
	{},
};

TEST_SUITE("model_bring_up", harness_init, start_exit);
