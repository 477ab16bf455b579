// SPDX-License-Identifier: GPL-2.0
/*
 * Handles of arrays that have ended: where the memory of ended arrays is not reused for a while
 * (kernels with CONFIG_KASAN or CONFIG_DEBUG_OBJECTS, and user space), every use of such a handle is
 * reported.
 */
#include "lines.h"

static void a_handle_is_dead_after_release(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);
	u8 byte;

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), -EBADF);
	EXPECT_LINE(test, EBADF, tdx_page_array_release(array),
		    "tdx_page_array_release: the page array is not live (already released?)");
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EBADF);
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_page(array, 0), ERR_PTR(-EBADF));
	KUNIT_EXPECT_PTR_EQ(test, tdx_page_array_map(array), ERR_PTR(-EBADF));
	KUNIT_EXPECT_EQ(test, tdx_page_array_unmap(array), -EBADF);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(array, &byte, 0), -EBADF);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 3);
}

static void no_leaf_is_issued_with_a_handle_that_was_leaked(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1), *other = make_array(test, 1);
	struct page *page = make_page(test);
	u64 out = 0x5a5a;

	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	EXPECT_LINE(test, EBADF, tdx_tdh_ext_mem_add(array),
		    "TDH.EXT.MEM.ADD not issued: the page array is not live");
	expect_refused(test, EBADF, tdx_tdh_spdm_create(0, array, &out));
	expect_refused(test, EBADF, tdx_tdh_spdm_delete(1, array));
	expect_refused(test, EBADF, tdx_tdh_spdm_connect(1, page, page, page, array, &out));
	expect_refused(test, EBADF,
		       tdx_tdh_spdm_mng(1, TDX_SPDM_MNG_RECOLLECT, NULL, page, page, array, &out));
	expect_refused(test, EBADF, tdx_tdh_quote_get(page, 0, page, 1, array, &out));
	expect_refused(test, EBADF, tdx_tdh_mng_create(array, tdx_global_keyid() + 1));
	expect_refused(test, EBADF, tdx_tdh_mng_addcx(array, other));
	expect_refused(test, EBADF, tdx_tdh_vp_create(array, other));
	expect_refused(test, EBADF, tdx_tdh_vp_addcx(array, other));
	KUNIT_EXPECT_EQ(test, out, 0x5a5a);
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(other), 0);
}

/* A slab would reuse the memory of the ended array for the next one. */
static void a_stale_handle_does_not_reach_the_next_array(struct kunit *test)
{
	struct tdx_page_array *ended = make_array(test, 3), *next;

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(ended), 0);
	next = make_array(test, 3);
	KUNIT_EXPECT_PTR_NE(test, next, ended);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(ended), -EBADF);
	KUNIT_EXPECT_EQ(test, tdx_page_array_nr_pages(next), 3);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(next, 0), 3);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(next), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_handle_is_dead_after_release),
	KUNIT_CASE(no_leaf_is_issued_with_a_handle_that_was_leaked),
	KUNIT_CASE(a_stale_handle_does_not_reach_the_next_array),
	{},
};

LINES_SUITE("handles");
