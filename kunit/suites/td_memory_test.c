// SPDX-License-Identifier: GPL-2.0
/* The model's private memory of a TD: the S-EPT, adding and removing pages, measurement. */
#include "raw_td.h"

#define GPA	 0x100000ULL
#define FAR_GPA	 (GPA + (1ULL << 39))
#define SHARED	 (1ULL << 47)
#define R8_AT(L) ((L)-1)

/* A TD with one virtual processor, and pages for its memory: three S-EPT pages and two others. */
static struct {
	struct raw_pages td, pages;
	struct page *source;
	struct tdx_shim_registers out;
} memory;

#define TABLES	   3
#define FIRST_PAGE TABLES
#define MORE_PAGES 2

/* The output registers are in @memory.out. */
static u64 mem_leaf(u16 leaf, u64 where, u64 hpa)
{
	memory.out = (struct tdx_shim_registers){
		.rcx = where,
		.rdx = raw_hpa(&memory.td, RAW_TDR),
		.r8 = hpa,
		.r9 = page_to_phys(memory.source),
	};
	return raw_call(leaf, &memory.out);
}

static u64 page_hpa(unsigned int index)
{
	return raw_hpa(&memory.pages, index);
}

static void make(struct kunit *test)
{
	raw_td_build(test, &memory.td);
	raw_alloc(test, &memory.pages, TABLES + MORE_PAGES);
	memory.source = make_page(test);
	assert_success(test, raw_td_init_vcpu(&memory.td, 0));
}

static void make_with_tables(struct kunit *test)
{
	unsigned int level;

	make(test);
	for (level = TABLES; level; level--)
		assert_success(test, mem_leaf(SEAM_MEM_SEPT_ADD, level, page_hpa(R8_AT(level))));
}

static u64 add(u64 gpa, unsigned int index)
{
	return mem_leaf(SEAM_MEM_PAGE_ADD, gpa, page_hpa(index));
}

static u64 aug(u64 gpa, unsigned int index)
{
	return mem_leaf(SEAM_MEM_PAGE_AUG, gpa, page_hpa(index));
}

static u64 block(u64 gpa)
{
	return mem_leaf(SEAM_MEM_RANGE_BLOCK, gpa, 0);
}

static u64 take_away(u64 gpa)
{
	return mem_leaf(SEAM_MEM_PAGE_REMOVE, gpa, 0);
}

static u64 on_tdr(u16 leaf)
{
	return raw_leaf(leaf, raw_hpa(&memory.td, RAW_TDR), 0);
}

/* Ends the TD, which has @given pages; the others were never added or are clean. */
static void end(struct kunit *test, unsigned int given)
{
	unsigned int i;

	expect_success(test, raw_td_flush_vcpu(raw_hpa(&memory.td, RAW_TDVPR)));
	raw_td_end_key(test, &memory.td);
	for (i = 0; i < given; i++)
		expect_success(test, raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, page_hpa(i), 0));
	raw_free(test, &memory.pages, RAW_TD_KEYID);
	raw_td_reclaim(test, &memory.td);
}

static u64 page_type(u64 hpa)
{
	struct tdx_shim_registers registers = {.rcx = hpa};

	return raw_call(SEAM_PHYMEM_PAGE_RDMD, &registers) ? UNKNOWN_STATUS : registers.rcx;
}

static void memory_of_a_td_is_the_modules_until_the_td_is_torn_down(struct kunit *test)
{
	unsigned int i;

	make_with_tables(test);
	expect_success(test, add(0, FIRST_PAGE));
	KUNIT_EXPECT_EQ(test, memory.out.rcx | memory.out.rdx, 0);
	expect_success(test, aug(PAGE_SIZE, FIRST_PAGE + 1));
	for (i = 0; i < TABLES + MORE_PAGES; i++) {
		const u64 hpa = page_hpa(i);

		KUNIT_EXPECT_EQ(test, page_type(hpa), i < TABLES ? SEAM_PT_EPT : SEAM_PT_REG);
		KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(hpa));
		KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, hpa, 0),
				SEAM_LIFECYCLE_STATE_INCORRECT);
		KUNIT_EXPECT_EQ(test, tdx_tdh_phymem_page_wbinvd(hpa >> PAGE_SHIFT, RAW_TD_KEYID),
				SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX);
	}
	end(test, TABLES + MORE_PAGES);
}

/* The outputs are the level where the walk ended, and the state of that entry: free. */
static void a_walk_ends_where_a_table_is_missing(struct kunit *test)
{
	const struct {
		u16 leaf;
		u64 where, status, level;
	} calls[] = {
		{SEAM_MEM_PAGE_ADD, 0, SEAM_EPT_WALK_FAILED | SEAM_RCX, 3},
		{SEAM_MEM_PAGE_AUG, 0, SEAM_EPT_WALK_FAILED | SEAM_RCX, 3},
		{SEAM_MEM_PAGE_REMOVE, 0, SEAM_EPT_WALK_FAILED | SEAM_RCX, 3},
		{SEAM_MEM_RANGE_BLOCK, 0, SEAM_EPT_WALK_FAILED | SEAM_RCX, 3},
		{SEAM_MEM_SEPT_ADD, 2, SEAM_EPT_WALK_FAILED | SEAM_RCX, 3},
		{SEAM_MR_EXTEND, 0, SEAM_EPT_ENTRY_NOT_PRESENT | SEAM_RCX, 3},
		{SEAM_MEM_RANGE_BLOCK, 3, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX, 3},
	};
	unsigned int i;

	make(test);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		KUNIT_EXPECT_EQ(test, mem_leaf(calls[i].leaf, calls[i].where, page_hpa(0)),
				calls[i].status);
		KUNIT_EXPECT_EQ(test, memory.out.rcx, 1ULL << 63);
		KUNIT_EXPECT_EQ(test, memory.out.rdx, calls[i].level);
	}
	expect_success(test, mem_leaf(SEAM_MEM_SEPT_ADD, 3, page_hpa(0)));
	KUNIT_EXPECT_EQ(test, add(0, 1), SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, 2);
	KUNIT_EXPECT_EQ(test, add(FAR_GPA, 1), SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, 3);
	/* No other page was changed. */
	for (i = 1; i < TABLES + MORE_PAGES; i++)
		KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_hpa(i)));
	end(test, 1);
}

static void an_address_has_to_be_one_of_private_memory(struct kunit *test)
{
	const struct {
		u16 leaf;
		u64 where;
	} bad[] = {
		{SEAM_MEM_PAGE_ADD, SHARED},
		{SEAM_MEM_PAGE_ADD, 1},
		{SEAM_MEM_PAGE_ADD, 1 << 3},
		{SEAM_MEM_PAGE_ADD, 1ULL << 52},
		{SEAM_MEM_PAGE_ADD, SHARED << 1},
		{SEAM_MEM_PAGE_AUG, SHARED},
		{SEAM_MEM_PAGE_AUG, 1},
		{SEAM_MEM_SEPT_ADD, 0},
		{SEAM_MEM_SEPT_ADD, 4},
		{SEAM_MEM_SEPT_ADD, PAGE_SIZE | 1},
		{SEAM_MEM_SEPT_ADD, (1 << 21) | 2},
		{SEAM_MEM_RANGE_BLOCK, 4},
		{SEAM_MEM_RANGE_BLOCK, SHARED | 3},
		{SEAM_MEM_PAGE_REMOVE, SHARED},
		{SEAM_MEM_PAGE_REMOVE, 1ULL << 52},
		{SEAM_MR_EXTEND, 128},
		{SEAM_MR_EXTEND, SHARED},
	};
	unsigned int i;

	make_with_tables(test);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, mem_leaf(bad[i].leaf, bad[i].where, page_hpa(FIRST_PAGE)),
				SEAM_OPERAND_INVALID | SEAM_RCX);
		KUNIT_EXPECT_EQ(test, memory.out.rcx | memory.out.rdx, 0);
	}
	KUNIT_EXPECT_EQ(test, mem_leaf(SEAM_MEM_SEPT_ADD, 1, page_hpa(FIRST_PAGE)),
			SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, 1 | SEAM_SEPT_NL_MAPPED << 8);
	end(test, TABLES);
}

static void an_entry_names_one_page(struct kunit *test)
{
	u64 entry;

	make_with_tables(test);
	expect_success(test, add(0, FIRST_PAGE));
	KUNIT_EXPECT_EQ(test, add(0, FIRST_PAGE + 1), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
	entry = memory.out.rcx;
	KUNIT_EXPECT_EQ(test, entry & 0x000FFFFFFFFFF007ULL, page_hpa(FIRST_PAGE) | 7);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, SEAM_SEPT_MAPPED << 8);
	KUNIT_EXPECT_EQ(test, aug(0, FIRST_PAGE + 1), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
	/* A page can be in one entry only. */
	KUNIT_EXPECT_EQ(test, aug(PAGE_SIZE, FIRST_PAGE), SEAM_PAGE_METADATA_INCORRECT | SEAM_R8);
	KUNIT_EXPECT_EQ(test, mem_leaf(SEAM_MEM_PAGE_AUG, PAGE_SIZE, 1),
			SEAM_OPERAND_INVALID | SEAM_R8);
	end(test, TABLES + 1);
}

static void memory_is_measured_before_the_td_runs(struct kunit *test)
{
	make_with_tables(test);
	expect_success(test, add(0, FIRST_PAGE));
	expect_success(test, aug(PAGE_SIZE, FIRST_PAGE + 1));
	expect_success(test, mem_leaf(SEAM_MR_EXTEND, 256, 0));
	KUNIT_EXPECT_EQ(test, mem_leaf(SEAM_MR_EXTEND, PAGE_SIZE, 0), SEAM_EPT_ENTRY_NOT_PRESENT);
	expect_success(test, on_tdr(SEAM_MR_FINALIZE));
	KUNIT_EXPECT_EQ(test, on_tdr(SEAM_MR_FINALIZE), SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE);
	KUNIT_EXPECT_EQ(test, mem_leaf(SEAM_MR_EXTEND, 256, 0),
			SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE);
	KUNIT_EXPECT_EQ(test, add(GPA, 0), SEAM_OP_STATE_INCORRECT | SEAM_TD_RUNNABLE);
	end(test, TABLES + MORE_PAGES);
}

/* After the write-back with the TD's KeyID the host can use it. */
static void a_page_comes_back_when_it_is_blocked_and_tracked(struct kunit *test)
{
	u64 hpa;

	make_with_tables(test);
	hpa = page_hpa(FIRST_PAGE);
	expect_success(test, on_tdr(SEAM_MR_FINALIZE));
	expect_success(test, aug(0, FIRST_PAGE));
	KUNIT_EXPECT_EQ(test, take_away(0), SEAM_GPA_RANGE_NOT_BLOCKED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, SEAM_SEPT_PENDING << 8);
	expect_success(test, block(0));
	KUNIT_EXPECT_EQ(test, block(0), SEAM_GPA_RANGE_ALREADY_BLOCKED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, SEAM_SEPT_PENDING_BLOCKED << 8);
	KUNIT_EXPECT_EQ(test, take_away(0), SEAM_TLB_TRACKING_NOT_DONE | SEAM_RCX);
	expect_success(test, on_tdr(SEAM_MEM_TRACK));
	expect_success(test, take_away(0));
	KUNIT_EXPECT_EQ(test, memory.out.rcx, hpa);
	KUNIT_EXPECT_EQ(test, page_type(hpa), SEAM_PT_NDA);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(hpa));
	KUNIT_EXPECT_EQ(test, take_away(0), SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
	raw_make_safe(test, memory.pages.pages[FIRST_PAGE], RAW_TD_KEYID);
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(hpa));
	/* The page can be added again. */
	raw_flush(memory.pages.pages[FIRST_PAGE]);
	expect_success(test, aug(PAGE_SIZE, FIRST_PAGE));
	end(test, TABLES + 1);
}

static void a_td_that_does_not_run_yet_gives_pages_back_at_once(struct kunit *test)
{
	make_with_tables(test);
	expect_success(test, add(0, FIRST_PAGE));
	expect_success(test, add(PAGE_SIZE, FIRST_PAGE + 1));
	expect_success(test, take_away(0));
	expect_success(test, block(PAGE_SIZE));
	expect_success(test, take_away(PAGE_SIZE));
	end(test, TABLES);
}

static void nothing_is_found_below_a_table_that_is_blocked(struct kunit *test)
{
	make_with_tables(test);
	expect_success(test, add(0, FIRST_PAGE));
	expect_success(test, block(1));
	KUNIT_EXPECT_EQ(test, take_away(0), SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, memory.out.rdx, 1 | SEAM_SEPT_NL_BLOCKED << 8);
	KUNIT_EXPECT_EQ(test, block(1), SEAM_GPA_RANGE_ALREADY_BLOCKED | SEAM_RCX);
	end(test, TABLES + 1);
}

/* The host's writes change the content, although the TD sees other data. */
static void the_judge_sees_what_the_host_does_to_memory_of_a_td(struct kunit *test)
{
	unsigned int i;

	make_with_tables(test);
	expect_success(test, add(0, FIRST_PAGE));
	for (i = 0; i <= FIRST_PAGE; i += FIRST_PAGE) {
		*(u8 *)page_address(memory.pages.pages[i]) ^= 1;
		expect_findings(test, 1, SEAM_HOST_WROTE);
	}
	end(test, TABLES + 1);
}

static void the_judge_sees_memory_of_a_td_that_is_freed_too_early(struct kunit *test)
{
	struct page *page;

	make_with_tables(test);
	page = memory.pages.pages[FIRST_PAGE];
	expect_success(test, add(0, FIRST_PAGE));
	expect_success(test, take_away(0));
	get_page(page);
	__free_page(page);
	KUNIT_EXPECT_EQ(test, seam_emulator_take_findings(NULL, 0), 0);
	put_page(page);
	expect_findings(test, 1, SEAM_FREED_DIRTY);
	memory.pages.pages[FIRST_PAGE] = alloc_page(GFP_KERNEL);
	end(test, TABLES);
}

static void leaves_want_a_td_that_has_its_keys(struct kunit *test)
{
	const u16 leaves[] = {
		SEAM_MEM_SEPT_ADD,    SEAM_MEM_PAGE_ADD,    SEAM_MEM_PAGE_AUG,
		SEAM_MEM_RANGE_BLOCK, SEAM_MEM_PAGE_REMOVE, SEAM_MR_EXTEND,
	};
	unsigned int i;

	make_with_tables(test);
	KUNIT_EXPECT_EQ(test, mem_leaf(SEAM_MEM_SEPT_ADD, 1 | 1ULL << 30, page_hpa(3)),
			SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MEM_SEPT_ADD | 1 << 16, 0, 0),
			SEAM_OPERAND_INVALID | SEAM_RAX);
	expect_success(test, raw_td_flush_vcpu(raw_hpa(&memory.td, RAW_TDVPR)));
	raw_td_end_key(test, &memory.td);
	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		KUNIT_EXPECT_EQ(test, mem_leaf(leaves[i], 0, page_hpa(FIRST_PAGE)),
				SEAM_TD_KEYS_NOT_CONFIGURED);
	KUNIT_EXPECT_EQ(test, on_tdr(SEAM_MEM_TRACK), SEAM_TD_KEYS_NOT_CONFIGURED);
	KUNIT_EXPECT_EQ(test, on_tdr(SEAM_MR_FINALIZE), SEAM_TD_KEYS_NOT_CONFIGURED);
	for (i = 0; i < TABLES; i++)
		expect_success(test, raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, page_hpa(i), 0));
	raw_free(test, &memory.pages, RAW_TD_KEYID);
	raw_td_reclaim(test, &memory.td);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(memory_of_a_td_is_the_modules_until_the_td_is_torn_down),
	KUNIT_CASE(a_walk_ends_where_a_table_is_missing),
	KUNIT_CASE(an_address_has_to_be_one_of_private_memory),
	KUNIT_CASE(an_entry_names_one_page),
	KUNIT_CASE(memory_is_measured_before_the_td_runs),
	KUNIT_CASE(a_page_comes_back_when_it_is_blocked_and_tracked),
	KUNIT_CASE(a_td_that_does_not_run_yet_gives_pages_back_at_once),
	KUNIT_CASE(nothing_is_found_below_a_table_that_is_blocked),
	KUNIT_CASE(the_judge_sees_what_the_host_does_to_memory_of_a_td),
	KUNIT_CASE(the_judge_sees_memory_of_a_td_that_is_freed_too_early),
	KUNIT_CASE(leaves_want_a_td_that_has_its_keys),
	{},
};

TEST_SUITE("model_td_memory", harness_init, harness_exit);
