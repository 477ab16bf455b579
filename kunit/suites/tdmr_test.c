// SPDX-License-Identifier: GPL-2.0
/* The model's memory: which TDMRs SYS.CONFIG accepts, the PAMT in the host's pages, and what is left of them at the end. */
#include <linux/smp.h>

#include "start.h"

#define KEY	 ((u64)tdx_global_keyid())
#define TD_KEYID 33

#define OF_FIRST(status, part)	(SEAM_##status | (u64)(part) << 8)
#define OF_SECOND(status, part) (SEAM_##status | 1 | (u64)(part) << 8)
#define WITH_SECOND		(1ULL << 16)

/* One word of two valid TDMRs is wrong. After that, the list without the mistake is accepted. */
static void a_list_with_a_mistake_is_refused(struct kunit *test)
{
	const u64 keyid = 1ULL << config_now().address_bits;
	struct start_tdmr *first, *second;
	struct start start;
	unsigned int i;
	u64 memory;

	start_prepare(test, &start);
	start_init(test);
	first = start_tdmr(&start, 0);
	second = start_tdmr(&start, 1);
	/* Not reserved, so that a TD could use it. */
	memory = first->base + first->reserved[0].size;

	const struct {
		const char *what;
		u64 *at, value, status;
	} mistakes[] = {
		{"base", &first->base, first->base + (1ULL << 21), OF_FIRST(INVALID_TDMR, 0)},
		{"odd base", &first->base, first->base + 1, OF_FIRST(INVALID_TDMR, 0)},
		{"no size", &first->size, 0, OF_FIRST(INVALID_TDMR, 0)},
		{"size", &first->size, START_TDMR_SIZE + PAGE_SIZE, OF_FIRST(INVALID_TDMR, 0)},
		{"wrap", &second->size, -START_TDMR_SIZE, OF_SECOND(INVALID_TDMR, 0)},
		{"KeyID bits", &second->base, second->base | keyid, OF_SECOND(INVALID_TDMR, 0)},
		{"end in KeyID bits", &second->size, keyid, OF_SECOND(INVALID_TDMR, 0)},
		{"overlap", &second->base, first->base, OF_SECOND(NON_ORDERED_TDMR, 0)},
		{"reserved offset", &first->reserved[0].offset, 512, OF_FIRST(INVALID_RESERVED, 0)},
		{"reserved size", &first->reserved[0].size, START_PLAIN - 512,
		 OF_FIRST(INVALID_RESERVED, 0)},
		{"reserved end", &second->reserved[0].size, START_TDMR_SIZE + PAGE_SIZE,
		 OF_SECOND(INVALID_RESERVED, 0)},
		{"reserved wrap", &second->reserved[0].offset, -START_TDMR_SIZE,
		 OF_SECOND(INVALID_RESERVED, 0)},
		{"reserved twice", &second->reserved[1].size, PAGE_SIZE,
		 OF_SECOND(NON_ORDERED_RESERVED, 1)},
		{"reserved gap", &second->reserved[2].size, PAGE_SIZE,
		 OF_SECOND(NON_ORDERED_RESERVED, 1)},
		{"PAMT base", &first->pamt_2m_base, first->pamt_2m_base + 64,
		 OF_FIRST(INVALID_PAMT, SEAM_2M)},
		{"PAMT size", &second->pamt_4k_size, START_PAMT_4K + 64,
		 OF_SECOND(INVALID_PAMT, SEAM_4K)},
		{"small 4K PAMT", &first->pamt_4k_size, START_PAMT_4K - PAGE_SIZE,
		 OF_FIRST(INVALID_PAMT, SEAM_4K)},
		{"small 2M PAMT", &first->pamt_2m_size, START_PAMT_2M - PAGE_SIZE,
		 OF_FIRST(INVALID_PAMT, SEAM_2M)},
		{"no 1G PAMT", &second->pamt_1g_size, 0, OF_SECOND(INVALID_PAMT, SEAM_1G)},
		{"PAMT KeyID bits", &first->pamt_1g_base, first->pamt_1g_base | keyid,
		 OF_FIRST(INVALID_PAMT, SEAM_1G)},
		{"2M and 1G PAMT", &first->pamt_1g_base, first->pamt_2m_base,
		 OF_FIRST(PAMT_OVERLAP, SEAM_2M)},
		{"4K and 2M PAMT", &first->pamt_2m_base, first->pamt_4k_base,
		 OF_FIRST(PAMT_OVERLAP, SEAM_4K)},
		{"PAMT of another", &second->pamt_2m_base, first->pamt_2m_base,
		 OF_SECOND(PAMT_OVERLAP, SEAM_2M)},
		{"1G PAMT of another", &second->pamt_1g_base, first->pamt_1g_base,
		 OF_SECOND(PAMT_OVERLAP, SEAM_1G)},
		{"PAMT in memory", &first->pamt_1g_base, memory, OF_FIRST(PAMT_OVERLAP, SEAM_1G)},
		{"PAMT in other memory", &second->pamt_1g_base, memory,
		 OF_SECOND(PAMT_OVERLAP, SEAM_1G)},
		{"PAMT in plain memory", &second->pamt_1g_base, first->base,
		 OF_SECOND(PAMT_OUTSIDE_CMRS, SEAM_1G)},
		{"plain memory", &first->reserved[0].size, START_PLAIN - PAGE_SIZE,
		 OF_FIRST(TDMR_OUTSIDE_CMRS, 0)},
		{"last page", &second->reserved[0].size, second->reserved[0].size - PAGE_SIZE,
		 OF_SECOND(TDMR_OUTSIDE_CMRS, 0)},
	};

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		const u64 good = *mistakes[i].at;

		*mistakes[i].at = mistakes[i].value;
		KUNIT_EXPECT_EQ_MSG(test, start_config(&start, START_TDMRS, KEY),
				    mistakes[i].status, "%s", mistakes[i].what);
		KUNIT_EXPECT_EQ(test, config_now().sys_state, SEAM_SYSINIT_DONE);
		*mistakes[i].at = good;
	}
	expect_success(test, start_config(&start, START_TDMRS, KEY));
}

static void a_pamt_is_not_in_memory_of_a_tdmr_that_comes_later(struct kunit *test)
{
	struct start_tdmr *first, *second;
	struct start start;

	start_prepare(test, &start);
	start_init(test);
	first = start_tdmr(&start, 0);
	second = start_tdmr(&start, 1);
	if (first->base) {
		/* The reserved TDMR comes first. */
		swap(*first, *second);
		first->base = second->base - START_TDMR_SIZE;
		first->pamt_1g_base = second->base + second->reserved[0].size;
	} else {
		first->pamt_1g_base = second->base;
		second->reserved[0].offset = PAGE_SIZE;
		second->reserved[0].size -= PAGE_SIZE;
	}
	KUNIT_EXPECT_EQ(test, start_config(&start, START_TDMRS, KEY),
			OF_FIRST(PAMT_OVERLAP, SEAM_1G) | WITH_SECOND);
}

static void operands_of_the_configuration_are_checked(struct kunit *test)
{
	struct start start;
	u64 list, shared;

	start_prepare(test, &start);
	start_init(test);
	list = page_to_phys(start.list);
	shared = config_now().shared_keyids;
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_CONFIG, list + 256, 1),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_CONFIG, list | KEY << config_now().address_bits, 1),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, start_config(&start, 0, KEY), SEAM_OPERAND_INVALID | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, start_config(&start, 65, KEY), SEAM_OPERAND_INVALID | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, shared), SEAM_OPERAND_INVALID | SEAM_R8);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, 64), SEAM_OPERAND_INVALID | SEAM_R8);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, KEY | 1ULL << 17),
			SEAM_OPERAND_INVALID | SEAM_R8);
	/* Addresses in the list are checked like the address of the list. */
	start_list(&start)[0] += 256;
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, KEY), SEAM_OPERAND_INVALID | SEAM_RCX);
	start_list(&start)[0] += 256;
	start_list(&start)[1] = 0x123456789000;
	KUNIT_EXPECT_EQ(test, start_config(&start, 2, KEY), SEAM_OPERAND_INVALID | SEAM_RCX);
}

/* Configured with both TDMRs, none of them initialised. */
static void configure(struct kunit *test, struct start *start)
{
	start_prepare(test, start);
	start_init(test);
	assert_success(test, start_config(start, START_TDMRS, KEY));
	assert_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
}

/* Linux repeats the call with the same base until RDX reaches the end. */
static void a_tdmr_is_initialised_step_by_step(struct kunit *test)
{
	struct tdx_shim_registers registers = {.rdx = 1};
	struct start start;
	u64 page;

	configure(test, &start);
	page = page_to_phys(start.page);
	registers.rcx = start.base + (1ULL << 21);
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SYS_TDMR_INIT, &registers),
			SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, registers.rdx, 0);
	registers.rcx = start.base;
	expect_success(test, raw_call(SEAM_SYS_TDMR_INIT, &registers));
	KUNIT_EXPECT_EQ(test, registers.rdx, start.base);
	KUNIT_EXPECT_EQ(test, start_page_type(start.base), ~0ULL);
	/* 1024 pages per call. */
	KUNIT_EXPECT_EQ(test, start_tdmr_init(test, start.base), 255);
	KUNIT_EXPECT_EQ(test, start_page_type(page), SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, start_page_type(start.base), SEAM_PT_RSVD);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_TDMR_INIT, start.base, 0),
			SEAM_TDMR_ALREADY_INITIALIZED);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_PHYMEM_PAGE_RDMD, start.base + START_TDMR_SIZE, 0),
			SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, start_tdmr_init(test, start.base + START_TDMR_SIZE), 256);
}

/* RDMD reports its pages as reserved, and writes to the entries of the page that it is asked about. */
static void the_pamt_is_private(struct kunit *test)
{
	struct start start;
	u64 pamt, upper;

	configure(test, &start);
	pamt = page_to_phys(start.pamt[0]);
	upper = page_to_phys(start.upper[0]);
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(pamt));
	/* One call writes 16K of the PAMT, and one page of each upper level. */
	assert_success(test, raw_leaf(SEAM_SYS_TDMR_INIT, start.base, 0));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(pamt));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(pamt + 3 * PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(pamt + 4 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(upper));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(upper + PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(upper + START_PAMT_2M));
	start_tdmr_init(test, start.base);
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(pamt + START_PAMT_4K - PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(upper + PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(page_to_phys(start.pamt[1])));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(start.base));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(pamt));
	wbinvd_on_all_cpus();
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(pamt));
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(pamt));
	/* A page of the PAMT has 256 entries. */
	KUNIT_EXPECT_NE(test, start_page_type(start.base + 256 * PAGE_SIZE), ~0ULL);
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(pamt));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(pamt + PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(upper));
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(upper + PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(upper + START_PAMT_2M));
	/* The judge checks its content. */
	*(u8 *)phys_to_virt(pamt + 100 * PAGE_SIZE + 5) ^= 1;
	expect_findings(test, 1, SEAM_HOST_WROTE);
	expect_findings(test, 0, 0);
}

/*
 * Linux repeats TDH.SYS.DISABLE, whose effects are in no public source (leaf_sys_end.c), until it is complete. The module
 * neither writes back nor converts: the kernel has to, before the next one starts the module again.
 */
static void a_module_that_was_disabled_leaves_its_lines_and_starts_again(struct kunit *test)
{
	unsigned int calls;
	struct start start;
	u64 page, pamt;

	configure(test, &start);
	start_tdmr_init(test, start.base);
	start_tdmr_init(test, start.base + START_TDMR_SIZE);
	page = page_to_phys(start.page);
	pamt = page_to_phys(start.pamt[0]);
	assert_success(test, raw_leaf(SEAM_MNG_CREATE, page, TD_KEYID));
	set_interrupt_every(1);
	for (calls = 1; calls < 10; calls++)
		if (raw_leaf(SEAM_SYS_DISABLE, 0, 0) != SEAM_INTERRUPTED_RESUMABLE)
			break;
	KUNIT_EXPECT_EQ(test, calls, 4);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0), SEAM_SYS_NOT_READY);
	/* A reset does not make the module ready, because nothing is configured. */
	seam_emulator_reset();
	KUNIT_EXPECT_EQ(test, config_now().sys_state, SEAM_SYSINIT_PENDING);
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

	start_init(test);
	/* With other TDMRs and another KeyID, that of the TD. */
	assert_success(test, start_config(&start, 1, TD_KEYID));
	assert_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
	KUNIT_EXPECT_EQ(test, start_page_type(page), ~0ULL);
	start_tdmr_init(test, start.base);
	KUNIT_EXPECT_EQ(test, start_page_type(page), SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, start_page_type(start.base + START_TDMR_SIZE), ~0ULL);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_CREATE, page, TD_KEYID), SEAM_HKID_NOT_FREE);
	/* A module that was shut down cannot be disabled. */
	expect_success(test, raw_leaf(SEAM_SYS_SHUTDOWN_LEAF, 0, 0));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_SYS_DISABLE, 0, 0), SEAM_SYS_SHUTDOWN);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_list_with_a_mistake_is_refused),
	KUNIT_CASE(a_pamt_is_not_in_memory_of_a_tdmr_that_comes_later),
	KUNIT_CASE(operands_of_the_configuration_are_checked),
	KUNIT_CASE(a_tdmr_is_initialised_step_by_step),
	KUNIT_CASE(the_pamt_is_private),
	KUNIT_CASE(a_module_that_was_disabled_leaves_its_lines_and_starts_again),
	{},
};

TEST_SUITE("model_tdmr", harness_init, start_exit);
