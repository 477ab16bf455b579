// SPDX-License-Identifier: GPL-2.0
/*
 * The host's own cache lines of pages that are handed over. If the TDX module requires a flush, the
 * judge reports each page that was not flushed; otherwise no page is flushed.
 */
#include "objects.h"
#include "td.h"

#define PAGES 20

/* @pages flushes since @before, if this platform requires them. */
static void expect_flushes(struct kunit *test, u64 before, u32 pages)
{
	KUNIT_EXPECT_EQ(test, seam_emulator_host_flushes() - before,
			wants_host_flush() ? pages : 0);
}

static void an_object_is_flushed_where_that_is_needed(struct kunit *test)
{
	struct object object;
	u64 before;

	make_object_array(test, test->param_value, &object);
	before = seam_emulator_host_flushes();
	assert_success(test, object.kind->create(&object));
	expect_flushes(test, before, OBJECT_PAGES);
	expect_success(test, object.kind->remove(&object));
	end_object(&object);
}

static void extension_memory_is_flushed_where_that_is_needed(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	const u64 before = seam_emulator_host_flushes();

	set_ext_pool(PAGES);
	expect_success(test, add_window(test, array, 0));
	expect_flushes(test, before, PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
}

static void control_pages_are_flushed_where_that_is_needed(struct kunit *test)
{
	const u64 before = seam_emulator_host_flushes();
	struct td td = td_make(test, TD_KEYID);
	struct tdx_page_array *tdcs = make_array(test, TDCS_PAGES);

	td_add_all(test, &td, tdcs);
	expect_flushes(test, before, 1 + TDCS_PAGES);
	td_tear_down(test, &td);
	expect_released(test, tdcs, td.tdr);
}

KUNIT_ARRAY_PARAM_DESC(object_kind, object_kinds, name);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(an_object_is_flushed_where_that_is_needed, object_kind_gen_params),
	KUNIT_CASE(extension_memory_is_flushed_where_that_is_needed),
	KUNIT_CASE(control_pages_are_flushed_where_that_is_needed),
	{},
};

TEST_SUITE("host_lines", harness_init, harness_exit);
