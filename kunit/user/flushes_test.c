// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages have the host's cache lines flushed before they are handed over. User space only, where a hook sees each
 * flush; kunit/suites/defects_hand_over_test.c checks the pages of objects.
 */
#include "../suites/harness.h"
#include "../suites/td.h"
#include "platform.h"

static u64 flushed[16];
static u32 flush_count;

static void note_flush(u64 pfn)
{
	flushed[flush_count++ % ARRAY_SIZE(flushed)] = pfn;
}

static void note_flushes(void)
{
	flush_count = 0;
	platform_on_flush = note_flush;
}

/* Flushes of pages [@first, @first + @count) of @array in order, and no others; none if the module needs no flush. */
static void expect_flushed(struct kunit *test, struct tdx_page_array *array, u32 first, u32 count)
{
	u32 i;

	platform_on_flush = NULL;
	if (!wants_host_flush())
		count = 0;
	KUNIT_ASSERT_EQ(test, flush_count, count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, flushed[i] << PAGE_SHIFT, hpa_of(test, array, first + i));
}

static void a_window_of_extension_memory_is_flushed(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 520);

	set_ext_pool(520);
	KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_SUCCESS);
	note_flushes();
	KUNIT_EXPECT_EQ(test, add_window(test, array, 512), SEAM_SUCCESS);
	expect_flushed(test, array, 512, 8);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
}

static void a_control_page_is_flushed_before_it_is_added(struct kunit *test)
{
	struct tdx_page_array *tdr = make_array(test, 1), *tdcs = make_array(test, TDCS_PAGES);
	struct td td;

	note_flushes();
	td = td_create(test, tdr, TD_KEYID);
	expect_flushed(test, tdr, 0, 1);
	note_flushes();
	td_add_all(test, &td, tdcs);
	expect_flushed(test, tdcs, 0, TDCS_PAGES);
	td_tear_down(test, &td);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(tdcs), 0);
	td_release(test, &td);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_window_of_extension_memory_is_flushed),
	KUNIT_CASE(a_control_page_is_flushed_before_it_is_added),
	{},
};

TEST_SUITE("flushes", harness_init, harness_exit);
