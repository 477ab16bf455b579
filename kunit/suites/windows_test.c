// SPDX-License-Identifier: GPL-2.0
/* Arrays larger than one list page, handed over in windows. */
#include "harness.h"

struct size {
	unsigned int pages;
	unsigned int windows;
	unsigned int last; /* pages in the last window */
};

static const struct size sizes[] = {
	{1, 1, 1},	{511, 1, 511}, {512, 1, 512},	 {513, 2, 1},
	{1024, 2, 512}, {1025, 3, 1},  {12800, 25, 512},
};

static void describe(const struct size *size, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u pages", size->pages);
}
KUNIT_ARRAY_PARAM(size, sizes, describe);

static void windows_cover_the_array_once(struct kunit *test)
{
	const struct size *size = test->param_value;
	struct tdx_page_array *array = make_array(test, size->pages);
	unsigned int offset = 0, windows = 0;
	int window = 0;

	while (offset < size->pages) {
		window = tdx_page_array_populate(array, offset);
		KUNIT_ASSERT_GT(test, window, 0);
		offset += window;
		windows++;
	}
	KUNIT_EXPECT_EQ(test, offset, size->pages);
	KUNIT_EXPECT_EQ(test, windows, size->windows);
	KUNIT_EXPECT_EQ(test, window, size->last);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, offset), -EINVAL);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void a_window_may_begin_anywhere(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1000);

	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 487), 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 489), 511);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 999), 1);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void each_window_lists_its_own_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 1025);
	unsigned int offset, i;
	const u64 *entries;
	u64 word;

	for (offset = 0; offset < 1025; offset += 512) {
		assert_success(test, add_window(test, array, offset));
		word = last_register(SEAM_EXT_MEM_ADD, SEAM_RCX);
		entries = phys_to_virt(word & 0x000ffffffffff000ULL);
		KUNIT_EXPECT_EQ(test, word >> 55, min(1025 - offset, 512u) - 1);
		for (i = 0; i < min(1025 - offset, 512u); i++)
			KUNIT_ASSERT_EQ(test, entries[i], hpa_of(test, array, offset + i));
	}
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 3);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 1025);
}

/* Its list has not been written before. */
static void the_first_window_can_be_handed_over_at_once(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 3);

	expect_success(test, tdx_tdh_ext_mem_add(array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 3);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(windows_cover_the_array_once, size_gen_params),
	KUNIT_CASE(a_window_may_begin_anywhere),
	KUNIT_CASE(the_first_window_can_be_handed_over_at_once),
	KUNIT_CASE(each_window_lists_its_own_pages),
	{},
};

TEST_SUITE("windows", harness_init, harness_exit);
