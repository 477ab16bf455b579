// SPDX-License-Identifier: GPL-2.0
/* The model's caches: which CPU holds lines of private KeyIDs, and what cleans them. */
#include <linux/smp.h>

#include "raw.h"
#include "../seam/seam_platform.h"

#define TD_KEYID 33
#define BOTH	 3U

static u32 held(void)
{
	return seam_platform_lps_with_private_lines() & BOTH;
}

/* No CPU holds private lines. */
static void clean_all(void)
{
	wbinvd_on_all_cpus();
}

/* Leaves that only read metadata or write back also write to the PAMT entry of the page. */
static void a_leaf_that_takes_the_lock_of_a_page_leaves_private_lines(struct kunit *test)
{
	const u64 hpa = page_to_phys(make_page(test));
	const u64 keyed = hpa | (u64)tdx_global_keyid() << config_now().address_bits;
	const struct {
		u64 leaf, rcx, rdx, status;
		u32 held;
	} calls[] = {
		{SEAM_PHYMEM_PAGE_RDMD, hpa, 0, SEAM_SUCCESS, 2},
		{SEAM_PHYMEM_PAGE_WBINVD, keyed, 0, SEAM_SUCCESS, 2},
		{SEAM_PHYMEM_PAGE_RECLAIM, hpa, 0, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 2},
		{SEAM_MNG_INIT, hpa, 0, SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX, 2},
		{SEAM_PHYMEM_PAGE_RDMD, 1, 0, SEAM_OPERAND_INVALID | SEAM_RCX, 0},
		{SEAM_SYS_RD, 0, 0x0a00000300000008ULL, SEAM_SUCCESS, 0},
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		clean_all();
		KUNIT_EXPECT_EQ(test, held(), 0);
		KUNIT_EXPECT_EQ(test, raw_leaf_on(1, calls[i].leaf, calls[i].rcx, calls[i].rdx),
				calls[i].status);
		KUNIT_EXPECT_EQ_MSG(test, held(), calls[i].held, "%s",
				    seam_emulator_leaf_name(calls[i].leaf));
	}
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(hpa));
}

/* The page becomes a session, which CPU @from creates and CPU @to deletes. */
static void hand_over_and_take_back(struct kunit *test, struct page *page, unsigned int from,
				    unsigned int to)
{
	struct tdx_shim_registers registers = {.rdx = page_to_phys(page)};

	raw_flush(page);
	set_spdm_pages(1);
	assert_success(test, raw_call_on(from, SEAM_SPDM_CREATE, &registers));
	registers.rdx = 0;
	assert_success(test, raw_call_on(to, SEAM_SPDM_DELETE, &registers));
}

/* Each CPU writes back its own lines: a page has them where it is handed over. */
static void a_page_is_dirty_on_each_cpu_where_the_module_wrote_to_it(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	clean_all();
	hand_over_and_take_back(test, page, 1, 0);
	KUNIT_EXPECT_EQ(test, held(), 2);
	seam_platform_lp_caches_written_back(0);
	KUNIT_EXPECT_EQ(test, held(), 2);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
	hand_over_and_take_back(test, page, 0, 0);
	KUNIT_EXPECT_EQ(test, held(), BOTH);
	seam_platform_lp_caches_written_back(1);
	KUNIT_EXPECT_EQ(test, held(), 1);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
	seam_platform_lp_caches_written_back(0);
	KUNIT_EXPECT_EQ(test, held(), 0);
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_to_phys(page)));
	raw_free_clean_page(page);
}

/* TDH.PHYMEM.PAGE.WBINVD runs on one CPU, but writes back from all caches. */
static void writing_back_a_page_cleans_it_in_all_caches(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	hand_over_and_take_back(test, page, 1, 1);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(page)));
	raw_make_safe(test, page, tdx_global_keyid());
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_to_phys(page)));
	__free_page(page);
}

/* A TD with a control page that CPU 1 added. The TDR is page 0. */
static void make_td(struct kunit *test, struct raw_pages *raw, unsigned int packages)
{
	unsigned int i;

	raw_alloc(test, raw, 2);
	assert_success(test, raw_leaf_on(0, SEAM_MNG_CREATE, raw_hpa(raw, 0), TD_KEYID));
	for (i = 0; i < packages; i++)
		assert_success(test, raw_leaf_on(i, SEAM_MNG_KEY_CONFIG, raw_hpa(raw, 0), 0));
	assert_success(test, raw_leaf_on(1, SEAM_MNG_ADDCX, raw_hpa(raw, 1), raw_hpa(raw, 0)));
	assert_success(test, raw_leaf_on(0, SEAM_MNG_VPFLUSHDONE, raw_hpa(raw, 0), 0));
}

static void end_td(struct kunit *test, struct raw_pages *raw)
{
	expect_success(test, raw_leaf_on(0, SEAM_MNG_KEY_FREEID, raw_hpa(raw, 0), 0));
	expect_success(test, raw_leaf_on(0, SEAM_PHYMEM_PAGE_RECLAIM, raw_hpa(raw, 1), 0));
	expect_success(test, raw_leaf_on(0, SEAM_PHYMEM_PAGE_RECLAIM, raw_hpa(raw, 0), 0));
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(raw_hpa(raw, 1)));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(raw_hpa(raw, 0)));
	raw_free(test, raw, tdx_global_keyid());
}

static void the_write_back_of_a_package_cleans_what_it_holds_of_ended_tds(struct kunit *test)
{
	struct raw_pages raw;

	set_packages(2);
	make_td(test, &raw, 2);
	expect_success(test, raw_leaf_on(0, SEAM_PHYMEM_CACHE_WB, 0, 0));
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(raw_hpa(&raw, 1)));
	expect_success(test, raw_leaf_on(1, SEAM_PHYMEM_CACHE_WB, 0, 0));
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(raw_hpa(&raw, 1)));
	/* The TDR has lines of the global KeyID, which this write-back does not include. */
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(raw_hpa(&raw, 0)));
	end_td(test, &raw);
}

/* Both CPUs are in one package: either of them writes back for both. */
static void an_interrupted_write_back_has_cleaned_nothing_yet(struct kunit *test)
{
	struct raw_pages raw;
	unsigned int i;

	make_td(test, &raw, 1);
	CHANGE_CONFIG(interrupted, 1);
	KUNIT_EXPECT_EQ(test, raw_leaf_on(0, SEAM_PHYMEM_CACHE_WB, 0, 0),
			SEAM_INTERRUPTED_RESUMABLE);
	for (i = 2; i < config_now().cache_blocks; i++)
		KUNIT_EXPECT_EQ(test, raw_leaf_on(0, SEAM_PHYMEM_CACHE_WB, 1, 0),
				SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(raw_hpa(&raw, 1)));
	expect_success(test, raw_leaf_on(0, SEAM_PHYMEM_CACHE_WB, 1, 0));
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(raw_hpa(&raw, 1)));
	end_td(test, &raw);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_leaf_that_takes_the_lock_of_a_page_leaves_private_lines),
	KUNIT_CASE(a_page_is_dirty_on_each_cpu_where_the_module_wrote_to_it),
	KUNIT_CASE(writing_back_a_page_cleans_it_in_all_caches),
	KUNIT_CASE(the_write_back_of_a_package_cleans_what_it_holds_of_ended_tds),
	KUNIT_CASE(an_interrupted_write_back_has_cleaned_nothing_yet),
	{},
};

TEST_SUITE("model_caches", harness_init, harness_exit);
