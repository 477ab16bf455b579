// SPDX-License-Identifier: GPL-2.0
/*
 * TDH.SYS.DISABLE in the model, before the start of another kernel. Its effects are in no public
 * source: see leaf_sys_end.c.
 */
#include <linux/smp.h>

#include "start.h"

#define TD_KEYID 33

static void set_sys_disable(u32 sys_disable)
{
	CHANGE_CONFIG(sys_disable, sys_disable);
}

static void a_disabled_module_is_uninitialised(struct kunit *test)
{
	expect_success(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0));
	start_expect_state(test, SEAM_SYSINIT_PENDING);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0), SEAM_SYS_NOT_READY);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_LP_INIT, 0, 0), SEAM_SYS_LP_INIT_NOT_PENDING);
	/* A reset does not make the module ready, because nothing is configured. */
	seam_emulator_reset();
	start_expect_state(test, SEAM_SYSINIT_PENDING);
}

static void the_kernel_that_comes_next_starts_the_module_again(struct kunit *test)
{
	const u64 key = tdx_global_keyid();
	struct start start;

	start_module(test, &start);
	assert_success(test, raw_leaf(SEAM_MNG_CREATE, page_to_phys(start.page), TD_KEYID));
	expect_success(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0));
	wbinvd_on_all_cpus();
	start_init(test);
	/* With other TDMRs and another KeyID, that of the TD. */
	assert_success(test, start_config(&start, 1, TD_KEYID));
	assert_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
	KUNIT_EXPECT_EQ(test, start_page_type(page_to_phys(start.page)), ~0ULL);
	start_tdmr_init(test, start.base);
	KUNIT_EXPECT_EQ(test, start_page_type(page_to_phys(start.page)), SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, start_page_type(start.base + START_TDMR_SIZE), ~0ULL);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_CREATE, page_to_phys(start.page), TD_KEYID),
			SEAM_HKID_NOT_FREE);
	expect_success(test, raw_leaf(SEAM_MNG_CREATE, page_to_phys(start.page), key));
}

/* The module neither writes back nor converts: the kernel has to, before the next one starts. */
static void memory_is_the_hosts_but_lines_stay_in_caches(struct kunit *test)
{
	struct start start;
	u64 page, pamt;

	start_module(test, &start);
	page = page_to_phys(start.page);
	pamt = page_to_phys(start.pamt[0]);
	assert_success(test, raw_leaf(SEAM_MNG_CREATE, page, TD_KEYID));
	expect_success(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(pamt));
	KUNIT_EXPECT_NE(test, seam_platform_lps_with_private_lines(), 0);
	wbinvd_on_all_cpus();
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(page));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(pamt));
	KUNIT_EXPECT_EQ(test, seam_platform_lps_with_private_lines(), 0);
	/* The host may write there now. */
	*(u8 *)phys_to_virt(pamt) ^= 1;
	*(u8 *)phys_to_virt(page) ^= 1;
}

static void a_write_to_a_page_of_the_module_is_found_at_its_end(struct kunit *test)
{
	u64 session;
	struct page *page = raw_hand_over(test, &session);

	*(u8 *)page_address(page) ^= 1;
	expect_success(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0));
	expect_findings(test, 1, SEAM_HOST_WROTE);
	wbinvd_on_all_cpus();
	raw_free_clean_page(page);
}

/* Linux repeats the call until it is complete; other leaves are refused in between. */
static void disabling_can_be_interrupted(struct kunit *test)
{
	struct page *page = make_page(test);
	unsigned int calls = 1;
	u64 status;

	set_interrupt_every(1);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0), SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_PHYMEM_PAGE_RDMD, page_to_phys(page), 0),
			SEAM_SYS_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_INIT, 0, 0), SEAM_SYS_SHUTDOWN);
	do {
		status = raw_leaf(SEAM_SYS_DISABLE, 0, 0);
		calls++;
	} while (status == SEAM_INTERRUPTED_RESUMABLE && calls < 10);
	expect_success(test, status);
	KUNIT_EXPECT_EQ(test, calls, 4);
	start_expect_state(test, SEAM_SYSINIT_PENDING);
}

/* Module 1.5.25 does not have the leaf; and a module that was shut down refuses it. */
static void not_every_module_can_be_disabled(struct kunit *test)
{
	set_sys_disable(0);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0), SEAM_OPERAND_INVALID | SEAM_RAX);
	set_sys_disable(1);
	expect_success(test, raw_leaf(SEAM_SYS_SHUTDOWN_LEAF, 0, 0));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0), SEAM_SYS_SHUTDOWN);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_disabled_module_is_uninitialised),
	KUNIT_CASE(the_kernel_that_comes_next_starts_the_module_again),
	KUNIT_CASE(memory_is_the_hosts_but_lines_stay_in_caches),
	KUNIT_CASE(a_write_to_a_page_of_the_module_is_found_at_its_end),
	KUNIT_CASE(disabling_can_be_interrupted),
	KUNIT_CASE(not_every_module_can_be_disabled),
	{},
};

TEST_SUITE("model_sys_disable", harness_init, start_exit);
