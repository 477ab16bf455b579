// SPDX-License-Identifier: GPL-2.0
/* The operands and lists that are passed to the TDX module, compared with literal values. */
#include "harness.h"

struct format {
	unsigned int pages;
	u64 size_field; /* count - 1 in bits 63:55, as SIZE or as LAST_ENTRY */
};

static const struct format formats[] = {
	{1, 0x0000000000000000ULL},   {2, 0x0080000000000000ULL},   {3, 0x0100000000000000ULL},
	{256, 0x7f80000000000000ULL}, {511, 0xff00000000000000ULL}, {512, 0xff80000000000000ULL},
};

static void describe(const struct format *format, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u pages", format->pages);
}
KUNIT_ARRAY_PARAM(format, formats, describe);

/* T2 of docs/defects.md: a list of the last page alone was written before, which does not make the object a singleton. */
static void hpa_array_of_one_page_is_the_page_itself_and_of_more_a_list(struct kunit *test)
{
	const struct format *format = test->param_value;
	struct tdx_page_array *array = make_array(test, format->pages);
	u64 session, word, list;
	const u64 *entries;
	unsigned int i;

	set_spdm_pages(format->pages);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, format->pages - 1), 1);
	assert_success(test, tdx_tdh_spdm_create(0x0100, array, &session));
	word = last_register(SEAM_SPDM_CREATE, SEAM_RDX);
	list = word & 0x000ffffffffff000ULL;
	KUNIT_EXPECT_EQ(test, word & ~0x000ffffffffff000ULL, format->size_field);
	if (format->pages == 1) {
		KUNIT_EXPECT_EQ(test, word, hpa_of(test, array, 0));
	} else {
		KUNIT_EXPECT_NE(test, list, hpa_of(test, array, 0));
		entries = phys_to_virt(list);
		for (i = 0; i < format->pages; i++)
			KUNIT_ASSERT_EQ(test, entries[i], hpa_of(test, array, i));
	}

	end_session(test, session, array);
	/* AUX_PAGE_PA: 0 for one page, otherwise the address of the list page without SIZE. */
	KUNIT_EXPECT_EQ(test, last_register(SEAM_SPDM_DELETE, SEAM_RDX),
			format->pages == 1 ? 0 : list);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(hpa_array_of_one_page_is_the_page_itself_and_of_more_a_list,
			 format_gen_params),
	{},
};

TEST_SUITE("formats", harness_init, harness_exit);
