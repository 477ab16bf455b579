// SPDX-License-Identifier: GPL-2.0
/* The model's memory: which TDMRs SYS.CONFIG accepts, and the PAMT in the host's pages. */
#include <linux/smp.h>

#include "start.h"

#define KEY ((u64)tdx_global_keyid())

/* A mistake in one of two valid TDMRs, and the status of SYS.CONFIG. */
struct mistake {
	const char *what;
	void (*make)(struct start_tdmr *first, struct start_tdmr *second);
	u64 status;
};

#define MISTAKE(NAME, STATEMENT) \
	static void NAME(struct start_tdmr *first, struct start_tdmr *second) \
	{ \
		STATEMENT; \
	} \
	_Static_assert(1, "a semicolon follows")

MISTAKE(begin_within_a_gigabyte, first->base += 1ULL << 21);
MISTAKE(begin_at_an_odd_address, first->base += 1);
MISTAKE(be_empty, first->size = 0);
MISTAKE(end_within_a_gigabyte, first->size += PAGE_SIZE);
MISTAKE(wrap, second->size = -START_TDMR_SIZE);
MISTAKE(have_keyid_bits, second->base |= 1ULL << config_now().address_bits);
MISTAKE(reach_keyid_bits, second->size = 1ULL << config_now().address_bits);
MISTAKE(change_places, swap(*first, *second));
MISTAKE(overlap, second->base = first->base);
MISTAKE(reserve_misaligned_offset, first->reserved[0].offset += 512);
MISTAKE(reserve_misaligned_size, first->reserved[0].size -= 512);
MISTAKE(reserve_beyond_the_end, second->reserved[0].size += PAGE_SIZE);

static void reserve_around_the_end(struct start_tdmr *first, struct start_tdmr *second)
{
	second->reserved[0].offset = PAGE_SIZE;
	second->reserved[0].size = -PAGE_SIZE;
}

/* If the PAMTs are adjacent, there is one area, which is split in two. */
static void reserve_out_of_order(struct start_tdmr *first, struct start_tdmr *second)
{
	const u64 half = first->reserved[0].size / 2 / PAGE_SIZE * PAGE_SIZE;

	if (!first->reserved[1].size) {
		first->reserved[1].offset = first->reserved[0].offset + half;
		first->reserved[1].size = first->reserved[0].size - half;
		first->reserved[0].size = half;
	}
	swap(first->reserved[0], first->reserved[1]);
}

static void reserve_twice(struct start_tdmr *first, struct start_tdmr *second)
{
	second->reserved[1].offset = START_TDMR_SIZE / 2;
	second->reserved[1].size = PAGE_SIZE;
}

static void reserve_behind_the_end_of_the_list(struct start_tdmr *first, struct start_tdmr *second)
{
	second->reserved[2].offset = PAGE_SIZE;
	second->reserved[2].size = PAGE_SIZE;
}

MISTAKE(misalign_pamt, first->pamt_2m_base += 64);
MISTAKE(misalign_pamt_size, second->pamt_4k_size += 64);
MISTAKE(have_small_4k_pamt, first->pamt_4k_size -= PAGE_SIZE);
MISTAKE(have_small_2m_pamt, first->pamt_2m_size -= PAGE_SIZE);
MISTAKE(have_no_1g_pamt, second->pamt_1g_size = 0);
MISTAKE(have_pamt_with_keyid_bits, first->pamt_1g_base |= 1ULL << config_now().address_bits);
MISTAKE(have_pamt_in_pamt_of_its_own, first->pamt_1g_base = first->pamt_2m_base);
MISTAKE(have_4k_pamt_in_2m_pamt, first->pamt_2m_base = first->pamt_4k_base);
MISTAKE(share_pamt, second->pamt_2m_base = first->pamt_2m_base);
MISTAKE(share_1g_pamt, second->pamt_1g_base = first->pamt_1g_base);
/* The other TDMR could use these pages for a TD. */
MISTAKE(have_pamt_in_memory_of_another,
	second->pamt_1g_base = first->base + first->reserved[0].size);
MISTAKE(have_pamt_in_memory_of_its_own,
	first->pamt_1g_base = first->base + first->reserved[0].size);

static void have_pamt_in_memory_that_comes_later(struct start_tdmr *first,
						 struct start_tdmr *second)
{
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
}

MISTAKE(have_pamt_in_plain_memory, second->pamt_1g_base = first->base);
MISTAKE(offer_plain_memory, first->reserved[0].size -= PAGE_SIZE);

static void offer_memory_that_is_not_there(struct start_tdmr *first, struct start_tdmr *second)
{
	second->base += 16 * START_TDMR_SIZE;
	second->reserved[0].size -= PAGE_SIZE;
}

#define OF_FIRST(status, part)	(SEAM_##status | (u64)(part) << 8)
#define OF_SECOND(status, part) (SEAM_##status | 1 | (u64)(part) << 8)
#define WITH_SECOND		(1ULL << 16)

static const struct mistake mistakes[] = {
	{"base", begin_within_a_gigabyte, OF_FIRST(INVALID_TDMR, 0)},
	{"odd base", begin_at_an_odd_address, OF_FIRST(INVALID_TDMR, 0)},
	{"no size", be_empty, OF_FIRST(INVALID_TDMR, 0)},
	{"size", end_within_a_gigabyte, OF_FIRST(INVALID_TDMR, 0)},
	{"wrap", wrap, OF_SECOND(INVALID_TDMR, 0)},
	{"KeyID bits", have_keyid_bits, OF_SECOND(INVALID_TDMR, 0)},
	{"end in KeyID bits", reach_keyid_bits, OF_SECOND(INVALID_TDMR, 0)},
	{"order", change_places, OF_SECOND(NON_ORDERED_TDMR, 0)},
	{"overlap", overlap, OF_SECOND(NON_ORDERED_TDMR, 0)},
	{"reserved offset", reserve_misaligned_offset, OF_FIRST(INVALID_RESERVED, 0)},
	{"reserved size", reserve_misaligned_size, OF_FIRST(INVALID_RESERVED, 0)},
	{"reserved end", reserve_beyond_the_end, OF_SECOND(INVALID_RESERVED, 0)},
	{"reserved wrap", reserve_around_the_end, OF_SECOND(INVALID_RESERVED, 0)},
	{"reserved order", reserve_out_of_order, OF_FIRST(NON_ORDERED_RESERVED, 1)},
	{"reserved overlap", reserve_twice, OF_SECOND(NON_ORDERED_RESERVED, 1)},
	{"reserved gap", reserve_behind_the_end_of_the_list, OF_SECOND(NON_ORDERED_RESERVED, 1)},
	{"PAMT base", misalign_pamt, OF_FIRST(INVALID_PAMT, SEAM_2M)},
	{"PAMT size", misalign_pamt_size, OF_SECOND(INVALID_PAMT, SEAM_4K)},
	{"small 4K PAMT", have_small_4k_pamt, OF_FIRST(INVALID_PAMT, SEAM_4K)},
	{"small 2M PAMT", have_small_2m_pamt, OF_FIRST(INVALID_PAMT, SEAM_2M)},
	{"no 1G PAMT", have_no_1g_pamt, OF_SECOND(INVALID_PAMT, SEAM_1G)},
	{"PAMT KeyID bits", have_pamt_with_keyid_bits, OF_FIRST(INVALID_PAMT, SEAM_1G)},
	{"2M and 1G PAMT", have_pamt_in_pamt_of_its_own, OF_FIRST(PAMT_OVERLAP, SEAM_2M)},
	{"4K and 2M PAMT", have_4k_pamt_in_2m_pamt, OF_FIRST(PAMT_OVERLAP, SEAM_4K)},
	{"PAMT of another", share_pamt, OF_SECOND(PAMT_OVERLAP, SEAM_2M)},
	{"1G PAMT of another", share_1g_pamt, OF_SECOND(PAMT_OVERLAP, SEAM_1G)},
	{"PAMT in memory", have_pamt_in_memory_of_its_own, OF_FIRST(PAMT_OVERLAP, SEAM_1G)},
	{"PAMT in other memory", have_pamt_in_memory_of_another, OF_SECOND(PAMT_OVERLAP, SEAM_1G)},
	{"PAMT in later memory", have_pamt_in_memory_that_comes_later,
	 OF_FIRST(PAMT_OVERLAP, SEAM_1G) | WITH_SECOND},
	{"PAMT in plain memory", have_pamt_in_plain_memory, OF_SECOND(PAMT_OUTSIDE_CMRS, SEAM_1G)},
	{"plain memory", offer_plain_memory, OF_FIRST(TDMR_OUTSIDE_CMRS, 0)},
	{"no memory", offer_memory_that_is_not_there, OF_SECOND(TDMR_OUTSIDE_CMRS, 0)},
};

KUNIT_ARRAY_PARAM_DESC(mistake, mistakes, what);

/* After that, the list without the mistake is accepted. */
static void a_list_with_a_mistake_is_refused(struct kunit *test)
{
	const struct mistake *mistake = test->param_value;
	struct start_tdmr good[START_TDMRS];
	struct start start;
	unsigned int i;

	start_prepare(test, &start);
	start_init(test);
	for (i = 0; i < START_TDMRS; i++)
		good[i] = *start_tdmr(&start, i);
	mistake->make(start_tdmr(&start, 0), start_tdmr(&start, 1));
	KUNIT_EXPECT_EQ(test, start_config(&start, START_TDMRS, KEY), mistake->status);
	start_expect_state(test, SEAM_SYSINIT_DONE);
	for (i = 0; i < START_TDMRS; i++)
		*start_tdmr(&start, i) = good[i];
	expect_success(test, start_config(&start, START_TDMRS, KEY));
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

static void a_module_that_was_started_takes_pages(struct kunit *test)
{
	struct tdx_shim_registers registers = {};
	struct start start;

	start_module(test, &start);
	/* The configuration survives a reset, which enables features. */
	seam_emulator_reset();
	start_expect_state(test, SEAM_SYS_READY);
	KUNIT_EXPECT_EQ(test, start_page_type(start.base), SEAM_PT_RSVD);
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(page_to_phys(start.pamt[0])));
	set_spdm_pages(1);
	registers.rdx = start.base;
	KUNIT_EXPECT_EQ(test, raw_call(SEAM_SPDM_CREATE, &registers),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX);
	raw_flush(start.page);
	registers.rdx = page_to_phys(start.page);
	expect_success(test, raw_call(SEAM_SPDM_CREATE, &registers));
	KUNIT_EXPECT_EQ(test, start_page_type(page_to_phys(start.page)), SEAM_PT_OBJECT);
	registers.rdx = 0;
	expect_success(test, raw_call(SEAM_SPDM_DELETE, &registers));
}

/* RDMD reports its pages as reserved. */
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
	/* The judge checks its content. */
	*(u8 *)phys_to_virt(pamt + 100 * PAGE_SIZE + 5) ^= 1;
	expect_findings(test, 1, SEAM_HOST_WROTE);
	expect_findings(test, 0, 0);
}

static void questions_about_a_page_write_its_entries(struct kunit *test)
{
	struct start start;
	u64 pamt, upper;

	configure(test, &start);
	pamt = page_to_phys(start.pamt[0]);
	upper = page_to_phys(start.upper[0]);
	start_tdmr_init(test, start.base);
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
}

/* The page is not from take_block(), which is freed after the module has released it. */
static void freeing_memory_of_the_pamt_is_found(struct kunit *test)
{
	struct start_tdmr *first, *second;
	struct start start;
	struct page *page = alloc_page(GFP_KERNEL);

	start_prepare(test, &start);
	first = start_tdmr(&start, 0);
	second = start_tdmr(&start, 1);
	/* All of the first TDMR is reserved and convertible, so the page may be anywhere. */
	memset(first->reserved, 0, sizeof(first->reserved));
	first->reserved[0].size = START_TDMR_SIZE;
	seam_platform_add_cmr(start.base, START_PLAIN);
	second->pamt_1g_base = page_to_phys(page);
	start_init(test);
	assert_success(test, start_config(&start, START_TDMRS, KEY));
	assert_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
	assert_success(test, raw_leaf(SEAM_SYS_TDMR_INIT, second->base, 0));
	__free_page(page);
	expect_findings(test, 1, SEAM_FREED_OWNED);
	/* After this the next user of the page may write to it and free it. */
	seam_emulator_power_cycle();
}

/* The 4K PAMT is a bitmap, a call initialises 4096 pages, and reserved pages have type PAMT. */
static void dynamic_pamt_needs_a_bitmap_alone(struct kunit *test)
{
	struct start_tdmr *first;
	struct start start;

	start_prepare(test, &start);
	first = start_tdmr(&start, 0);
	first->pamt_4k_size = START_TDMR_SIZE / PAGE_SIZE / 8;
	start_init(test);
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, KEY), OF_FIRST(INVALID_PAMT, SEAM_4K));
	first->pamt_4k_size -= PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, KEY | START_DYNAMIC),
			OF_FIRST(INVALID_PAMT, SEAM_4K));
	first->pamt_4k_size += PAGE_SIZE;
	expect_success(test, start_config(&start, 1, KEY | START_DYNAMIC));
	assert_success(test, raw_leaf(SEAM_SYS_KEY_CONFIG, 0, 0));
	KUNIT_EXPECT_EQ(test, start_tdmr_init(test, start.base), 64);
	KUNIT_EXPECT_EQ(test, start_page_type(start.base), SEAM_PT_PAMT);
	KUNIT_EXPECT_EQ(test, start_page_type(page_to_phys(start.page)), SEAM_PT_NDA);
	KUNIT_EXPECT_TRUE(test, seam_platform_is_private(first->pamt_4k_base));
	KUNIT_EXPECT_FALSE(test, seam_platform_is_private(start.base));
}

static void convertible_memory_may_be_in_pieces(struct kunit *test)
{
	struct start_tdmr *first;
	struct seam_range memory;
	struct start start;
	u64 end;

	start_prepare(test, &start);
	seam_platform_memory(&memory);
	end = memory.base + memory.size;
	first = start_tdmr(&start, 0);
	KUNIT_EXPECT_FALSE(test, seam_platform_add_cmr(start.base, 0));
	KUNIT_EXPECT_FALSE(test, seam_platform_add_cmr(start.base + 512, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, seam_platform_add_cmr(start.base, PAGE_SIZE + 512));
	KUNIT_EXPECT_FALSE(test, seam_platform_add_cmr(start.base, START_PLAIN + PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, seam_platform_add_cmr(end, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, seam_platform_add_cmr(start.base, -PAGE_SIZE));
	start_init(test);
	/* Only half of the memory that is not convertible is reserved. */
	first->reserved[0].size = START_PLAIN / 2;
	KUNIT_EXPECT_EQ(test, start_config(&start, 1, KEY), OF_FIRST(TDMR_OUTSIDE_CMRS, 0));
	KUNIT_EXPECT_TRUE(test,
			  seam_platform_add_cmr(start.base + START_PLAIN / 2, START_PLAIN / 2));
	expect_success(test, start_config(&start, 1, KEY));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_list_with_a_mistake_is_refused, mistake_gen_params),
	KUNIT_CASE(operands_of_the_configuration_are_checked),
	KUNIT_CASE(a_tdmr_is_initialised_step_by_step),
	KUNIT_CASE(a_module_that_was_started_takes_pages),
	KUNIT_CASE(the_pamt_is_private),
	KUNIT_CASE(questions_about_a_page_write_its_entries),
	KUNIT_CASE(freeing_memory_of_the_pamt_is_found),
	KUNIT_CASE(dynamic_pamt_needs_a_bitmap_alone),
	KUNIT_CASE(convertible_memory_may_be_in_pieces),
	{},
};

TEST_SUITE("model_tdmr", harness_init, start_exit);
