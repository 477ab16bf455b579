// SPDX-License-Identifier: GPL-2.0
/* Refusals of array functions: one errno, and one line in the kernel log that says what was wrong. */
#include "lines.h"

static void creating(struct kunit *test)
{
	EXPECT_LINE(test, EINVAL, tdx_page_array_create(0),
		    "tdx_page_array_create: nr_pages is 0, must be at least 1");
	EXPECT_LINE(test, ENOMEM, tdx_page_array_create(UINT_MAX),
		    "# pages requested, but this machine has #");
}

static void placing(struct kunit *test)
{
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_node(1, 0, 0x80000003),
		    "tdx_page_array_create: flags are 0x80000003, allowed are 0x3");
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_node(0, 0, TDX_PAGE_ARRAY_CONTIGUOUS),
		    "tdx_page_array_create: nr_pages is 0, must be at least 1");
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_node(1, -2, 0), "node -2 has no memory");
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_node(1, MAX_NUMNODES, 0),
		    "tdx_page_array_create: node # has no memory");
	EXPECT_LINE(test, EINVAL,
		    tdx_page_array_create_node(1025, TDX_PAGE_ARRAY_ANY_NODE,
					       TDX_PAGE_ARRAY_CONTIGUOUS | TDX_PAGE_ARRAY_ACCOUNT),
		    "the kernel can account a contiguous range of at most # pages, not 1025");
}

static void adopting(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL), *pages[] = {page, page, NULL};
	struct page *block = alloc_pages(GFP_KERNEL, 1);

	KUNIT_ASSERT_NOT_NULL(test, block);
	EXPECT_LINE(test, EINVAL, tdx_page_array_adopt(NULL, 1),
		    "tdx_page_array_adopt: pages is NULL");
	EXPECT_LINE(test, EINVAL, tdx_page_array_adopt(pages, 0),
		    "tdx_page_array_adopt: nr_pages is 0");
	EXPECT_LINE(test, EINVAL, tdx_page_array_adopt(pages, 3), "page 2 of 3 is NULL");
	pages[0] = ERR_PTR(-EBADF);
	EXPECT_LINE(test, EINVAL, tdx_page_array_adopt(pages, 3),
		    "page 0 of 3 is an error pointer");
	pages[0] = page;
	EXPECT_LINE(test, EINVAL, tdx_page_array_adopt(pages, 2),
		    "tdx_page_array_adopt: page 0 is listed twice");
	pages[0] = block;
	pages[1] = block + 1;
	EXPECT_LINE(test, EINVAL, tdx_page_array_adopt(pages, 2),
		    "tdx_page_array_adopt: page 1 has no reference count of its own");
	__free_pages(block, 1);
	__free_page(page);
}

static void bad_handles(struct kunit *test)
{
	u64 session;

	EXPECT_LINE(test, EINVAL, tdx_page_array_release(NULL),
		    "tdx_page_array_release: the page array is NULL");
	EXPECT_LINE(test, EINVAL, tdx_page_array_release(ERR_PTR(-MAX_ERRNO)),
		    "the page array is an error pointer (errno -4095)");
	EXPECT_LINE(test, EINVAL, tdx_page_array_leak(NULL),
		    "tdx_page_array_leak: the page array is NULL");
	EXPECT_LINE(test, EINVAL, tdx_page_array_nr_pages(NULL),
		    "tdx_page_array_nr_pages: the page array is NULL");
	EXPECT_LINE(test, EINVAL, tdx_page_array_populate(NULL, 0),
		    "tdx_page_array_populate: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_page_array_page(NULL, 0),
		    "tdx_page_array_page: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_page_array_map(NULL),
		    "tdx_page_array_map: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_page_array_unmap(NULL),
		    "tdx_page_array_unmap: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ext_mem_add(NULL),
		    "TDH.EXT.MEM.ADD not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_create(0, NULL, &session),
		    "TDH.SPDM.CREATE not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_delete(0, NULL),
		    "TDH.SPDM.DELETE not issued: the page array is");
}

static void windows_and_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	EXPECT_LINE(test, EINVAL, tdx_page_array_populate(array, 600),
		    "offset is 600, but array # has 600 entries");
	EXPECT_LINE(test, EINVAL, tdx_page_array_page(array, 600),
		    "index is 600, but array # has 600 pages");
	EXPECT_LINE(test, EINVAL, add_window(test, array, 512),
		    "TDH.EXT.MEM.ADD not issued: the window of array # begins at page 512, but 0 "
		    "pages are handed over");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void mappings(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1);
	u64 session;

	EXPECT_LINE(test, EINVAL, tdx_page_array_unmap(array),
		    "tdx_page_array_unmap: array # is not mapped");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tdx_page_array_map(array));
	EXPECT_LINE(test, EBUSY, tdx_page_array_map(array),
		    "tdx_page_array_map: array # is mapped already");
	EXPECT_LINE(test, EBUSY, tdx_page_array_release(array),
		    "tdx_page_array_release: array # is still mapped");
	EXPECT_LINE(test, EBUSY, tdx_page_array_leak(array),
		    "tdx_page_array_leak: array # is still mapped");
	EXPECT_LINE(test, EBUSY, tdx_tdh_spdm_create(0, array, &session),
		    "TDH.SPDM.CREATE not issued: array # is mapped");
	EXPECT_LINE(test, EBUSY, tdx_tdh_ext_mem_add(array),
		    "TDH.EXT.MEM.ADD not issued: array # is mapped");
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void sessions(struct kunit *test)
{
	struct tdx_page_array *large = make_array(test, 513), *array;
	u64 session, other;

	EXPECT_LINE(test, E2BIG, tdx_tdh_spdm_create(0, large, &session),
		    "TDH.SPDM.CREATE not issued: array # has 513 pages, more than 512");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(large), 0);

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, EBUSY, tdx_tdh_spdm_create(0, array, &other),
		    "TDH.SPDM.CREATE not issued");
	EXPECT_LINE(
		test, EINVAL, tdx_tdh_spdm_delete(session + 1, array),
		"TDH.SPDM.DELETE not issued: array # is the metadata of object 0x#, not of 0x#");
	EXPECT_LINE(
		test, EBUSY, tdx_page_array_release(array),
		"the TDX module owns 3 of the 3 pages of array #, handed over by TDH.SPDM.CREATE");
	EXPECT_LINE(test, EBUSY, tdx_page_array_map(array),
		    "tdx_page_array_map: pages of array # may hold private cache lines or belong "
		    "to the TDX module");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_create(0, array, NULL),
		    "TDH.SPDM.CREATE not issued: spdm_id is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_sys_rd(0, NULL), "TDH.SYS.RD not issued: value is NULL");
	expect_success(test, tdx_tdh_spdm_delete(session, array));
	EXPECT_LINE(test, EBUSY, tdx_page_array_map(array), "array # may hold private cache lines");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void creating_for_an_iommu(struct kunit *test)
{
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_iommu_mt(1, 0),
		    "tdx_page_array_create_iommu_mt: nr_mt_pages is 0, must be 1 to 510");
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_iommu_mt(1, 511),
		    "nr_mt_pages is 511, must be 1 to 510");
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_iommu_mt(UINT_MAX, 1), "must be at most #");
	EXPECT_LINE(test, EINVAL, tdx_page_array_create_iommu_mt(MAX_PAGE_ORDER + 1, 1),
		    "tdx_page_array_create_iommu_mt: iq_order is #, must be at most #");
	EXPECT_LINE(test, EINVAL,
		    tdx_page_array_create_iommu_mt_node(1, 1, TDX_PAGE_ARRAY_ANY_NODE,
							TDX_PAGE_ARRAY_CONTIGUOUS),
		    "tdx_page_array_create_iommu_mt: flags are 0x2, allowed are 0x1");
}

static void reading(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);
	u64 session;
	u8 byte;

	EXPECT_LINE(test, EINVAL, tdx_page_array_read(NULL, &byte, 1),
		    "tdx_page_array_read: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_page_array_read(array, &byte, 1),
		    "tdx_page_array_read: bytes is 1, but the TDX module reported 0");
	EXPECT_LINE(test, EINVAL, tdx_page_array_read(array, NULL, 0),
		    "tdx_page_array_read: to is NULL");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	array = make_session(test, 3, &session);
	EXPECT_LINE(test, EBUSY, tdx_page_array_read(array, &byte, 1),
		    "tdx_page_array_read: pages of array # may hold private cache lines or belong "
		    "to the TDX module (the TDX module's, handed over by TDH.SPDM.CREATE)");
	end_session(test, session, array);
}

static void leaking(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 3, &session);

	EXPECT_LINE(
		test, EUCLEAN, tdx_page_array_leak(array),
		"array #: 3 of 3 pages are in quarantine (leaked while the TDX module owned it): "
		"the TDX module's, handed over by TDH.SPDM.CREATE, last answer TDH.SPDM.CREATE: "
		"SUCCESS (0");
	empty_quarantine(test);
}

/* A session is deleted, and the TDX module returns a wrong list. */
static void delete_with_a_wrong_list(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 3, &session);

	inject(test, NEXT_CALL(SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_SWAPPED_PAGES));
	kunit_warning_suppress(test) {
		tdx_tdh_spdm_delete(session, array);
	}
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/*
 * A driver that passes bad input in a loop causes a limited number of log lines, which may extend over two intervals of the
 * rate limit. Bad input of other functions and bugs of the TDX module are reported nevertheless, and have limits of their
 * own. The last test, because it uses up the rate limit.
 */
static void a_flood_of_bad_input_hides_no_tdx_module_bug(struct kunit *test)
{
	unsigned int i;

	forget_lines();
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(NULL), -EINVAL);
	KUNIT_EXPECT_LE(test, lines_since(), 2 * 50);
	forget_lines();
	tdx_page_array_create(0);
	KUNIT_EXPECT_EQ(test, lines_since(), 1);
	forget_lines();
	delete_with_a_wrong_list(test);
	KUNIT_EXPECT_EQ(test, lines_since(), 1);
	KUNIT_EXPECT_TRUE(test, last_line_has("TDH.SPDM.DELETE released a list"));
	for (i = 0; i < 300; i++)
		delete_with_a_wrong_list(test);
	KUNIT_EXPECT_LE(test, lines_since(), 2 * 50);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(creating),
	KUNIT_CASE(placing),
	KUNIT_CASE(adopting),
	KUNIT_CASE(bad_handles),
	KUNIT_CASE(windows_and_pages),
	KUNIT_CASE(mappings),
	KUNIT_CASE(sessions),
	KUNIT_CASE(creating_for_an_iommu),
	KUNIT_CASE(reading),
	KUNIT_CASE(leaking),
	KUNIT_CASE(a_flood_of_bad_input_hides_no_tdx_module_bug),
	{},
};

LINES_SUITE("messages");
