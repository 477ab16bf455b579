// SPDX-License-Identifier: GPL-2.0
/*
 * Handles of arrays that have ended: where the memory of ended arrays is not reused for a while (kernels with CONFIG_KASAN
 * or CONFIG_DEBUG_OBJECTS, and user space), every use of such a handle is reported.
 */
#include "harness.h"

static void a_handle_is_dead_after_release(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_bad_handle(test, array, -EBADF);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 3);
}

/* T26 of docs/defects.md: the pages go to quarantine once. */
static void pages_are_given_up_once(struct kunit *test)
{
	u64 session;
	struct tdx_page_array *array = make_session(test, 3, &session);

	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	expect_bad_handle(test, array, -EBADF);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 3);
	empty_quarantine(test);
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

static void a_dead_array_is_refused_as_output(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);
	struct page *page = make_page(test);
	u64 bytes = 0x5a5a;

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	expect_refused(test, EBADF, tdx_tdh_spdm_connect(1, page, page, page, array, &bytes));
	expect_refused(
		test, EBADF,
		tdx_tdh_spdm_mng(1, TDX_SPDM_MNG_RECOLLECT, NULL, page, page, array, &bytes));
	expect_refused(test, EBADF, tdx_tdh_quote_get(page, 0, page, 1, array, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
}

static void a_dead_tdr_gets_no_control_pages(struct kunit *test)
{
	struct tdx_page_array *tdr = make_array(test, 1), *array = make_array(test, 1);

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdr), 0);
	expect_refused(test, EBADF, tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1));
	expect_refused(test, EBADF, tdx_tdh_mng_addcx(tdr, array));
	expect_refused(test, EBADF, tdx_tdh_vp_create(tdr, array));
	expect_refused(test, EBADF, tdx_tdh_vp_addcx(tdr, array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_handle_is_dead_after_release),
	KUNIT_CASE(pages_are_given_up_once),
	KUNIT_CASE(a_stale_handle_does_not_reach_the_next_array),
	KUNIT_CASE(a_dead_array_is_refused_as_output),
	KUNIT_CASE(a_dead_tdr_gets_no_control_pages),
	{},
};

TEST_SUITE("handles", harness_init, harness_exit);
