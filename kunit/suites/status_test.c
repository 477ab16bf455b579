// SPDX-License-Identifier: GPL-2.0
/* What a completion status says about pages that are handed over. */
#include "raw.h"

#define PAGES 4

#define ERROR	    (1ULL << 63)
#define RECOVERABLE (1ULL << 62)
#define FATAL	    (1ULL << 61)

/* After a refusal the pages are written back; after any other failure RDMD of each page comes first. */
static void expect_outcome(struct kunit *test, u64 status, bool is_refusal)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	const u64 asked = seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD);
	const u64 written = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);
	u64 session;

	answer_next(test, SEAM_SPDM_CREATE, status);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), status);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD) - asked,
			    is_refusal ? 0 : PAGES, "status %#llx", status);
	KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD) - written, PAGES,
			    "status %#llx", status);
}

static void each_class_is_a_refusal_or_leaves_pages_in_doubt(struct kunit *test)
{
	const u32 refusals = 0x91fe; /* 1 to 8, 12 and 15 */
	u32 class;

	for (class = 0; class < 0x20; class ++) {
		/* With an unused code. */
		const u64 status = (u64) class << 40 | 0x7FULL << 32;
		const bool is_refusal = refusals >> class & 1;

		expect_outcome(test, ERROR | status, is_refusal);
		expect_outcome(test, ERROR | RECOVERABLE | status, is_refusal);
		expect_outcome(test, ERROR | FATAL | status, false);
		expect_outcome(test, status, false);
	}
}

/*
 * The TDX module already owns the last of three pages. It has written to the pages before it when it detects that, whether
 * it keeps them or not.
 */
static void pages_of_a_list_that_is_refused_late_are_written_back(struct kunit *test)
{
	struct page *pages[3];
	struct tdx_page_array *array;
	u64 owner, session;
	u32 i;

	pages[2] = raw_hand_over(test, &owner);
	for (i = 0; i < 2; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
	array = adopt(test, pages, ARRAY_SIZE(pages));
	set_spdm_pages(ARRAY_SIZE(pages));
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(pages[i])));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, seam_emulator_is_dirty(page_to_phys(pages[i])),
				since_start(test).quarantined == 3);
	empty_quarantine(test);
	for (i = 0; i < 3; i++)
		__free_page(pages[i]);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_class_is_a_refusal_or_leaves_pages_in_doubt),
	KUNIT_CASE(pages_of_a_list_that_is_refused_late_are_written_back),
	{},
};

TEST_SUITE("status", harness_init, harness_exit);
