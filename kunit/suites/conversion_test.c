// SPDX-License-Identifier: GPL-2.0
/*
 * On a CPU with the partial-write machine check erratum every page that was private is overwritten
 * with MOVDIR64B after its write-back, however it came back; on other CPUs none is. The suites run
 * on both. Adopted pages let the test check them before they are freed.
 */
#include <asm/special_insns.h>

#include "raw.h"
#include "td.h"

#define LINE_SIZE 64

static bool has_erratum(void)
{
	return config_now().partial_write_erratum;
}

/* An array of one new page. */
static struct tdx_page_array *adopt_new(struct kunit *test, struct page **page)
{
	*page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, *page);
	return adopt(test, page, 1);
}

/*
 * The page was written back, and then converted if the CPU has the erratum: then it is zeroed,
 * otherwise it has the content that the module left. Its owner frees it.
 */
static void expect_safe(struct kunit *test, struct page *page)
{
	struct seam_event newest = {};

	KUNIT_EXPECT_EQ(test, seam_emulator_history(page_to_phys(page), &newest, 1), 1);
	KUNIT_EXPECT_EQ(test, newest.kind == SEAM_EVENT_CONVERTED, has_erratum());
	KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(page_to_phys(page)));
	KUNIT_EXPECT_EQ(test, !memchr_inv(page_address(page), 0, PAGE_SIZE), has_erratum());
	__free_page(page);
	expect_findings(test, 0, 0);
}

/* The TDR is written back before, the other pages of a TD are not. */
static void control_pages_are_converted(struct kunit *test)
{
	struct page *root, *other;
	struct td td = td_create(test, adopt_new(test, &root), TD_KEYID);
	struct tdx_page_array *tdcs = adopt_new(test, &other);

	td_add_all(test, &td, tdcs);
	td_tear_down(test, &td);
	expect_released(test, tdcs, td.tdr);
	expect_safe(test, root);
	expect_safe(test, other);
}

static void a_returned_page_is_converted_and_its_neighbours_stay_as_they_are(struct kunit *test)
{
	struct page *block = alloc_pages(GFP_KERNEL, 2), *middle = block + 1;
	struct tdx_page_array *array;

	KUNIT_ASSERT_NOT_NULL(test, block);
	split_page(block, 2);
	memset(page_address(block), 0x5A, 4 * PAGE_SIZE);
	array = adopt(test, &middle, 1);
	hand_over_and_back(test, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(block), 0x5A, PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(block + 2), 0x5A, 2 * PAGE_SIZE));
	expect_safe(test, middle);
	__free_page(block);
	__free_page(block + 2);
	__free_page(block + 3);
}

/* The judge sees each line. */
static void one_line_that_was_left_out_is_found(struct kunit *test)
{
	struct page *page = raw_dirty_page(test);
	const u8 zeroes[LINE_SIZE] = {};
	unsigned int offset;

	expect_success(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(page), tdx_global_keyid()));
	for (offset = LINE_SIZE; has_erratum() && offset < PAGE_SIZE; offset += LINE_SIZE)
		movdir64b(page_address(page) + offset, zeroes);
	__free_page(page);
	expect_findings(test, has_erratum(), SEAM_FREED_UNCONVERTED);
}

/* MNG.CREATE writes to the TDR before it finds that there is no entropy. */
static void a_refused_page_is_converted(struct kunit *test)
{
	struct page *page;
	struct tdx_page_array *array = adopt_new(test, &page);

	CHANGE_CONFIG(no_entropy, 1);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_create(array, TD_KEYID), SEAM_RND_NO_ENTROPY);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_safe(test, page);
}

/* A conversion would overwrite the owner's data. */
static void a_page_that_was_never_private_is_not_converted(struct kunit *test)
{
	struct page *page;
	struct tdx_page_array *array = adopt_new(test, &page);
	u64 session;

	memset(page_address(page), 0xa5, PAGE_SIZE);
	inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_VMFAILINVALID, 0));
	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(tdx_tdh_spdm_create(0, array, &session)),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0xa5, PAGE_SIZE));
	__free_page(page);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(control_pages_are_converted),
	KUNIT_CASE(a_returned_page_is_converted_and_its_neighbours_stay_as_they_are),
	KUNIT_CASE(a_refused_page_is_converted),
	KUNIT_CASE(one_line_that_was_left_out_is_found),
	KUNIT_CASE(a_page_that_was_never_private_is_not_converted),
	{},
};

TEST_SUITE("conversion", harness_init, harness_exit);
