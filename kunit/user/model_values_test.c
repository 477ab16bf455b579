// SPDX-License-Identifier: GPL-2.0
/* What the model reports of itself, and what it keeps of keys, cache lines, page pairs and planned faults. */
#include "own_model.h"

/* The recordings have the values of twelve more. SYS.RD returns the ID of the next field. */
static void each_field_of_the_module_has_its_value(struct kunit *test)
{
	static const struct {
		u64 id, value;
	} fields[] = {
		{0x0800000200000000, 0x8086},
		{0x0800000100000003, 7},
		{0x0800000100000004, 3},
		{0x0800000100000005, 9},
		{0x8900000100000000, 1},
		{0x0A00000300000008,
		 SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT | SEAM_FEATURE_QUOTE},
		{0x1900000300000000, 0x8000000070000001},
		{0x1900000300000001, 0},
		{0x1900000300000002, 0x600E7},
		{0x1900000300000003, 3},
		{0x9900000100000004, 4},
		{0x9900000100000008, 576},
		{0x9900000300000400, 0xFFFFFFFF00000001},
		{0x9900000300000401, 7},
		{0x9900000300000402, 0xFFFFFFFF80000008},
		{0x9900000300000403, 0x1F},
		{0x9900000300000500, 0x00FF00000FFF3FFF},
		{0x9900000300000501, 0x3840000001044988},
		{0x9900000300000502, 0x0000001000000000},
		{0x9900000300000503, 0x0000008001000020},
		{0x9900000300000504, 0x00000200000000FF},
		{0x9900000300000505, 0},
		{0x9900000300000506, 0x0000FFFF0000001F},
		{0x9900000300000507, 0x000000000000FFFF},
		{0x2300000200000002, 5001},
		{0x3000000100000001, 2},
		{0x3000000100000002, 17},
		{0x3000000100000003, 5},
		{0x3000000100000007, 3},
		{0x3100000000000001, 1},
		{0x3100000200000000, 60},
	};
	u32 i;

	own_init();
	own.model.config.features0 = SEAM_FEATURE_TDXCONNECT | SEAM_FEATURE_EXT |
				     SEAM_FEATURE_QUOTE;
	own.model.config.major_version = 3;
	own.model.config.minor_version = 7;
	own.model.config.update_version = 9;
	own.model.config.quote_bytes = 5001;
	own.model.config.ide_pages = 2;
	own.model.config.spdm_pages = 17;
	own.model.config.iommu_pages = 5;
	own.model.config.output_bytes = 2 * SEAM_PAGE_SIZE + 1;
	own.model.config.ext_pool_pages = 100;
	own.model.ext_pages_given = 40;
	own.model.quote_initialised = true;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_RD, 0, ~0ULL), SEAM_METADATA_FIRST_FIELD);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], 0);
	for (i = 0; i < 100 && own_registers.r[SEAM_RDX] != ~0ULL; i++)
		own_succeeds(test, SEAM_SYS_RD, 0, own_registers.r[SEAM_RDX]);
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(fields) + 12);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		own_succeeds(test, SEAM_SYS_RD, 0, fields[i].id);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], fields[i].value);
	}
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_RD, 0, 0x3100000200000002),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], ~0ULL);
	own.model.ext_pages_given = 101;
	own_succeeds(test, SEAM_SYS_RD, 0, 0x3100000200000000);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], 0);
	own.model.quote_initialised = false;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_RD, 0, 0x2300000200000002),
			SEAM_METADATA_ID_INCORRECT);
	/* The next one is the first after it that exists. */
	own_succeeds(test, SEAM_SYS_RD, 0, 0x9900000300000507);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 0x3000000100000001);
	own.model.initialised_lps = ~1U;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SYS_RD, 0, 0x0800000200000000),
			SEAM_SYS_LP_INIT_NOT_DONE);
	KUNIT_EXPECT_EQ(test, own_call_on(1, SEAM_SYS_RD, 0, 0x0800000200000000), SEAM_SUCCESS);
}

/* With Dynamic PAMT: each page of the pair has the entries of one half of the region. */
static void a_page_pair_is_written_by_halves(struct kunit *test)
{
	static const u32 pages[] = {0, 255, 256, 511};
	u32 i;

	own_init();
	own.model.config.dynamic_pamt = 1;
	own.model.config.spdm_pages = 1;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SPDM_CREATE, 0, OWN_BASE),
			SEAM_MISSING_PAMT_PAGE_PAIR | SEAM_RDX);
	own_succeeds(test, SEAM_PHYMEM_PAMT_ADD, OWN_BASE | 1, OWN_HPA(700), OWN_HPA(701));
	for (i = 700; i < 702; i++) {
		KUNIT_EXPECT_EQ(test, own.pages[i].in_bitmap && own.pages[i].pamt, true);
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(i)), true);
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		const u32 half = pages[i] / 256;

		seam_model_caches_written_back(&own.model);
		own_succeeds(test, SEAM_PHYMEM_PAGE_RDMD, OWN_HPA(pages[i]));
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(700 + half)), true);
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(701 - half)), false);
	}
	/* A page of the next region does not keep the pair. */
	own.pages[512].entry.type = SEAM_PT_REG;
	own_succeeds(test, SEAM_PHYMEM_PAMT_REMOVE, OWN_BASE | 1);
}

static void a_bad_response_distorts_the_list(struct kunit *test)
{
	const u64 key = 32ULL << OWN_ADDRESS_BITS, word = OWN_HPA(900) | 2ULL << 55;
	const u64 a = OWN_HPA(100), b = OWN_HPA(101), c = OWN_HPA(102);
	const struct {
		enum seam_bad_response response;
		u64 list[3];
	} rows[] = {
		{SEAM_BAD_SWAPPED_PAGES, {b, a, c}},
		{SEAM_BAD_SHORT_LIST, {a, b, 0}},
		{SEAM_BAD_FOREIGN_PAGE, {a, b, c + SEAM_PAGE_SIZE}},
		{SEAM_BAD_KEYID_BITS, {a, b, c | key}},
		{SEAM_BAD_KEEPS_PAGES, {a, b, c}},
	};
	u64 *list = own_map(OWN_HPA(900));
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct seam_injection bad = {SEAM_INJECT_BAD_RESPONSE, SEAM_SPDM_DELETE, 1, 1,
						   rows[i].response};

		own_init();
		own.model.config.spdm_pages = 3;
		memcpy(list, (u64[]){a, b, c}, sizeof(rows[i].list));
		own_succeeds(test, SEAM_SPDM_CREATE, 0, word);
		memset(list, 0xff, sizeof(rows[i].list));
		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &bad), true);
		own_succeeds(test, SEAM_SPDM_DELETE, 1, OWN_HPA(900));
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX],
				word - ((u64)(rows[i].response == SEAM_BAD_SHORT_LIST) << 55));
		KUNIT_EXPECT_EQ(test, memcmp(list, rows[i].list, sizeof(rows[i].list)), 0);
		seam_model_settle(&own.model);
		KUNIT_EXPECT_EQ(test, seam_model_owned_pages(&own.model), 0);
	}
}

static void a_set_of_keyids_holds_each_of_them(struct kunit *test)
{
	u32 key, other;

	for (key = 0; key < SEAM_MAX_KEYIDS; key++) {
		struct seam_keys keys = {};

		seam_keys_add(&keys, key);
		for (other = 0; other < SEAM_MAX_KEYIDS; other++)
			KUNIT_ASSERT_EQ(test, seam_keys_has(&keys, other), other == key);
		KUNIT_EXPECT_EQ(test, seam_keys_none(&keys), false);
		seam_keys_remove(&keys, key);
		KUNIT_EXPECT_EQ(test, seam_keys_none(&keys), true);
	}
}

/* TDH.PHYMEM.CACHE.WB of one package; the lines of the other one stay. */
static void lines_of_another_package_stay_dirty(struct kunit *test)
{
	static const struct {
		u16 lps, left_lps;
		bool both_keys, dirty;
	} pages[] = {
		{1, 0, false, false}, {2, 2, false, true}, {3, 2, false, true},
		{3, 3, true, true},   {1, 0, true, true},
	};
	struct seam_keys keys = {};
	struct seam_call call = {.model = &own.model};
	u32 i;

	/* The first KeyID that does not fit into 64 bits. */
	seam_keys_add(&keys, 64);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		struct seam_page *page = &own.pages[30];

		own_init();
		own.regions[0].written = true;
		memset(own.model.package_of_lp, 9, sizeof(own.model.package_of_lp));
		own.model.package_of_lp[0] = 0;
		own.model.package_of_lp[1] = 1;
		page->dirty_lps = pages[i].lps;
		seam_keys_add(&page->dirty, 64);
		if (pages[i].both_keys)
			seam_keys_add(&page->dirty, OWN_KEYID);
		seam_package_written_back(&call, &keys);
		KUNIT_EXPECT_EQ(test, !seam_keys_none(&page->dirty), pages[i].dirty);
		KUNIT_EXPECT_EQ(test, page->dirty_lps,
				pages[i].both_keys ? pages[i].lps : pages[i].left_lps);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_field_of_the_module_has_its_value),
	KUNIT_CASE(a_page_pair_is_written_by_halves),
	KUNIT_CASE(a_bad_response_distorts_the_list),
	KUNIT_CASE(a_set_of_keyids_holds_each_of_them),
	KUNIT_CASE(lines_of_another_package_stay_dirty),
	{},
};

OWN_SUITE("own_model_values");
