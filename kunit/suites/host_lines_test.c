// SPDX-License-Identifier: GPL-2.0
/*
 * The host's own cache lines of pages that are handed over. If the TDX module requires a flush, the
 * judge reports each page that was not flushed; otherwise no page is flushed.
 */
#include "objects.h"
#include "raw.h"
#include "td.h"

#define PAGES 20

static void need_flush(bool on)
{
	const u64 others = config_now().features0 & ~SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC;

	set_features0(on ? others | SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC : others);
}

/* Creates and deletes a session whose metadata is @page. */
static void hand_over(struct kunit *test, struct page *page)
{
	struct tdx_shim_registers registers = {.rdx = page_to_phys(page)};

	set_spdm_pages(1);
	assert_success(test, raw_call(SEAM_SPDM_CREATE, &registers));
	raw_take_back(test, registers.rcx);
}

/* What happens to a page before its hand-over, and the number of findings. */
static const struct way {
	const char *name;
	bool is_unneeded; /* the module requires no flush */
	bool is_flushed, comes_back, is_written, is_freed;
	u32 findings;
} ways[] = {
	{"not flushed", .findings = 1},
	{"flushed", .is_flushed = true, .findings = 0},
	{"flushed before it was handed over and came back", .is_flushed = true, .comes_back = true,
	 .findings = 1},
	{"written after the flush", .is_flushed = true, .is_written = true, .findings = 1},
	/* A page from the page allocator may have lines of its previous user. */
	{"freed after the flush", .is_flushed = true, .is_freed = true, .findings = 1},
	{"not flushed, and the module needs no flush", .is_unneeded = true, .findings = 0},
};
KUNIT_ARRAY_PARAM_DESC(way, ways, name);

static void a_page_with_lines_of_the_host_is_found(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	need_flush(!way->is_unneeded);
	if (way->is_flushed)
		raw_flush(page);
	if (way->comes_back)
		hand_over(test, page);
	if (way->is_written)
		*((u8 *)page_address(page) + 4095) ^= 1;
	if (way->is_freed) {
		__free_page(page);
		KUNIT_ASSERT_TRUE(test, raw_allocate_again(page));
	}
	hand_over(test, page);
	expect_findings(test, way->findings, SEAM_HOST_LINES);
	raw_free_page(test, page, tdx_global_keyid());
}

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

	make_object_array(test, &object);
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
	KUNIT_CASE_PARAM(a_page_with_lines_of_the_host_is_found, way_gen_params),
	KUNIT_CASE_PARAM(an_object_is_flushed_where_that_is_needed, object_kind_gen_params),
	KUNIT_CASE(extension_memory_is_flushed_where_that_is_needed),
	KUNIT_CASE(control_pages_are_flushed_where_that_is_needed),
	{},
};

TEST_SUITE("host_lines", harness_init, harness_exit);
