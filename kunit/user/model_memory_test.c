// SPDX-License-Identifier: GPL-2.0
/* The model's memory: its ranges, TDMRs and the content of pages. */
#include "own_model.h"

#define PAGE_RANGE(FIRST, COUNT) OWN_HPA(FIRST), (u64)(COUNT)*SEAM_PAGE_SIZE

/* One TDMR begins where another one ends. */
static void an_address_is_in_one_tdmr(struct kunit *test)
{
	const u64 half = (u64)OWN_PAGES / 2 * SEAM_PAGE_SIZE;

	own_init();
	own.model.tdmrs[0].range.size = half;
	own.model.tdmrs[0].initialised = half;
	own.model.tdmrs[1] = own.model.tdmrs[0];
	own.model.tdmrs[1].range.base = OWN_BASE + half;
	own.model.tdmr_count = 2;
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_BASE - 1), NULL);
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_BASE), &own.model.tdmrs[0]);
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_BASE + half - 1),
			    &own.model.tdmrs[0]);
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_BASE + half), &own.model.tdmrs[1]);
	KUNIT_EXPECT_PTR_EQ(test, seam_tdmr_of(&own.model, OWN_BASE + 2 * half), NULL);
}

/* Ranges for which the tables have no room, or that overlap another one, are refused. */
static void ranges_of_memory_are_kept_in_order(struct kunit *test)
{
	static const struct {
		u64 base, size;
		bool good;
	} ranges[] = {
		{PAGE_RANGE(512, 128), true},
		{PAGE_RANGE(0, 128), true},
		{PAGE_RANGE(256, 128), true},
		{PAGE_RANGE(640, 0), false},
		{OWN_HPA(640) + 1, SEAM_PAGE_SIZE, false},
		{OWN_HPA(640), SEAM_PAGE_SIZE + 1, false},
		{OWN_BASE - SEAM_PAGE_SIZE, SEAM_PAGE_SIZE, false},
		{PAGE_RANGE(1023, 2), false},
		{PAGE_RANGE(1024, 1), false},
		{OWN_HPA(1), ~(SEAM_PAGE_SIZE - 1), false},
		{PAGE_RANGE(127, 1), false},
		{PAGE_RANGE(127, 2), false},
		{PAGE_RANGE(255, 2), false},
		{PAGE_RANGE(200, 200), false},
		{PAGE_RANGE(128, 128), true},
		{PAGE_RANGE(1023, 1), true},
	};
	static const u32 order[] = {0, 128, 256, 512, 1023};
	u32 i;

	own_init();
	own.model.tdmr_count = 0;
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		KUNIT_EXPECT_EQ(test,
				seam_model_add_cmr(&own.model, ranges[i].base, ranges[i].size),
				ranges[i].good);
		KUNIT_EXPECT_EQ(test,
				seam_model_add_tdmr(&own.model, ranges[i].base, ranges[i].size),
				ranges[i].good);
	}
	KUNIT_ASSERT_EQ(test, own.model.cmr_count, ARRAY_SIZE(order));
	KUNIT_ASSERT_EQ(test, own.model.tdmr_count, ARRAY_SIZE(order));
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		KUNIT_EXPECT_EQ(test, own.model.cmrs[i].base, OWN_HPA(order[i]));
		KUNIT_EXPECT_EQ(test, own.model.tdmrs[i].range.base, OWN_HPA(order[i]));
		KUNIT_EXPECT_EQ(test, own.model.tdmrs[i].initialised,
				own.model.tdmrs[i].range.size);
	}
	for (i = 640; own.model.cmr_count < SEAM_MAX_CMRS; i++)
		KUNIT_ASSERT_EQ(test, seam_model_add_cmr(&own.model, PAGE_RANGE(i, 1)), true);
	KUNIT_EXPECT_EQ(test, seam_model_add_cmr(&own.model, PAGE_RANGE(i, 1)), false);
	for (i = 640; own.model.tdmr_count < SEAM_MAX_TDMRS; i++)
		KUNIT_ASSERT_EQ(test, seam_model_add_tdmr(&own.model, PAGE_RANGE(i, 1)), true);
	KUNIT_EXPECT_EQ(test, seam_model_add_tdmr(&own.model, PAGE_RANGE(i, 1)), false);
}

/* Memory may consist of several adjacent ranges, without a gap. */
static void convertible_memory_has_no_gap(struct kunit *test)
{
	static const struct {
		u32 first, pages;
		bool convertible;
	} ranges[] = {
		{10, 10, true}, {10, 20, true},	 {15, 10, true}, {29, 1, true},	  {9, 1, false},
		{9, 2, false},	{10, 21, false}, {30, 1, false}, {25, 20, false}, {40, 1, true},
	};
	u32 i;

	own_init();
	seam_model_add_cmr(&own.model, PAGE_RANGE(10, 10));
	seam_model_add_cmr(&own.model, PAGE_RANGE(20, 10));
	seam_model_add_cmr(&own.model, PAGE_RANGE(40, 10));
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct seam_range range = {PAGE_RANGE(ranges[i].first, ranges[i].pages)};

		KUNIT_EXPECT_EQ(test, seam_is_convertible(&own.model, &range),
				ranges[i].convertible);
	}
}

/* The checksum covers this page alone; after the module has written it, the judge reports a write again. */
static void the_content_of_a_page_is_its_own(struct kunit *test)
{
	struct seam_page *page = &own.pages[30];
	u32 sum;

	own_init();
	page->write_seen = true;
	seam_scramble(&own.model, page);
	KUNIT_EXPECT_EQ(test, page->write_seen, false);
	sum = seam_content_sum(&own.model, page);
	KUNIT_EXPECT_NE(test, sum, 0);
	/* The module writes something else each time. */
	seam_scramble(&own.model, page);
	KUNIT_EXPECT_NE(test, seam_content_sum(&own.model, page), sum);
	sum = seam_content_sum(&own.model, page);
	KUNIT_EXPECT_EQ(test, own_memory[31][0], 0);
	own_memory[31][0] = own_memory[29][4095] = 1;
	KUNIT_EXPECT_EQ(test, seam_content_sum(&own.model, page), sum);
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, page), true);
	own_memory[30][4095] ^= 1;
	KUNIT_EXPECT_NE(test, seam_content_sum(&own.model, page), sum);
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, page), false);
	own_memory[30][4095] ^= 1;
	own_memory[30][0] ^= 1;
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, page), false);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_address_is_in_one_tdmr),
	KUNIT_CASE(ranges_of_memory_are_kept_in_order),
	KUNIT_CASE(convertible_memory_has_no_gap),
	KUNIT_CASE(the_content_of_a_page_is_its_own),
	{},
};

OWN_SUITE("own_model_memory");
