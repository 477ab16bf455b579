// SPDX-License-Identifier: GPL-2.0
/* What the model reports and keeps: fields of metadata; of a TD, its parameters, memory and virtual processors; lists. */
#include "own_model.h"

#define TD     (&own.model.tds[0])
#define MAPPED (&own.pages[16])
#define LIST   OWN_HPA(900)

static u64 read_field(u64 leaf, u64 object, u64 field)
{
	return own_call(leaf, object, field);
}

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
	KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, ~0ULL), SEAM_METADATA_FIRST_FIELD);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], 0);
	for (i = 0; i < 100 && own_registers.r[SEAM_RDX] != ~0ULL; i++)
		own_succeeds(test, SEAM_SYS_RD, 0, own_registers.r[SEAM_RDX]);
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(fields) + 12);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, fields[i].id), SEAM_SUCCESS);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], fields[i].value);
	}
	KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, 0x3100000200000002),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], ~0ULL);
	own.model.ext_pages_given = 101;
	KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, 0x3100000200000000), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], 0);
	own.model.quote_initialised = false;
	KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, 0x2300000200000002),
			SEAM_METADATA_ID_INCORRECT);
	/* The next one is the first after it that exists. */
	KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, 0x9900000300000507), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 0x3000000100000001);
	own.model.initialised_lps = ~1U;
	KUNIT_EXPECT_EQ(test, read_field(SEAM_SYS_RD, 0, 0x0800000200000000),
			SEAM_SYS_LP_INIT_NOT_DONE);
	KUNIT_EXPECT_EQ(test, own_call_on(1, SEAM_SYS_RD, 0, 0x0800000200000000), SEAM_SUCCESS);
}

static void each_field_of_a_td_has_its_value(struct kunit *test)
{
	static const struct {
		u64 id, value;
	} fields[] = {
		{0x1110000300000000, 0x10000000},
		{0x1110000300000001, 7},
		{0x1110000200000002, 2},
		{0x111000030000000A, 0},
		{0x111000030000000B, 1ULL << 48},
		{0x94100003000001FE, 0x756E65470000001F},
		{0x94100003000001FF, 0x49656E696C65746E},
		{0x94100003000101FE, 0x756E654780000008},
		{0x94100003000101FF, 0x49656E696C65746E},
		{0x94100003000003FE, 0x11},
		{0x94100003000003FF, 0x22},
		{0x9410000300000E00, 0x33},
		{0x9410000300000E01, 0x44},
		{0x94100003000111FE, 0x55},
		{0x94100003000111FF, 0x66},
		{0x9410000300003E00, 0x77},
		{0x9410000300003E01, 0x88},
	};
	struct seam_td_params *params = &own.model.tds[0].params;
	u32 i;

	own_build_td(test);
	params->attributes = 0x10000000;
	params->xfam = 7;
	for (i = 0; i < 4; i++) {
		params->cpuid[i].value[0] = 0x11 * (2 * i + 1);
		params->cpuid[i].value[1] = 0x11 * (2 * i + 2);
	}
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		KUNIT_EXPECT_EQ(test, read_field(SEAM_MNG_RD, OWN_TDR, fields[i].id), SEAM_SUCCESS);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], fields[i].value);
	}
	KUNIT_EXPECT_EQ(test, read_field(SEAM_MNG_RD, OWN_TDR, 0x9410000300000302),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, read_field(SEAM_MNG_RD, OWN_TDR, 0x9410000300000E02),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], 0);
}

/* The first and the last value that is accepted, and the values next to them. */
static void parameters_of_a_td_have_their_limits(struct kunit *test)
{
	static const struct {
		u32 word;
		u64 value, operand; /* 0: it is accepted */
	} limits[] = {
		{0, 1ULL << 28, 0},
		{0, 1ULL << 27, SEAM_OPERAND_ATTRIBUTES},
		{0, 1ULL << 62, SEAM_OPERAND_ATTRIBUTES},
		{1, 3, 0},
		{1, 1, SEAM_OPERAND_XFAM},
		{1, 2, SEAM_OPERAND_XFAM},
		{1, 0xE7, 0},
		{1, 0xE3, SEAM_OPERAND_XFAM},
		{1, 0x67, SEAM_OPERAND_XFAM},
		{1, 0xF, SEAM_OPERAND_XFAM},
		{2, 0, SEAM_OPERAND_MAX_VCPUS},
		{2, 1, 0},
		{2, 576, 0},
		{2, 577, SEAM_OPERAND_MAX_VCPUS},
		{2, 1 | 1 << 16, SEAM_OPERAND_NUM_L2_VMS},
		{2, 1 | 1 << 24, SEAM_RDX},
		{2, 1 | 1ULL << 63, SEAM_RDX},
		{3, 2 << 3 | 6, SEAM_OPERAND_EPTP_CONTROLS},
		{3, 4 << 3 | 6, 0},
		{3, 5 << 3 | 6, SEAM_OPERAND_EPTP_CONTROLS},
		{3, 3 << 3 | 7, SEAM_OPERAND_EPTP_CONTROLS},
		{3, 3 << 3 | 2, SEAM_OPERAND_EPTP_CONTROLS},
		{4, 1, SEAM_OPERAND_EPTP_CONTROLS},
		{4, 4, 0},
		{4, 2, SEAM_OPERAND_EXEC_CONTROLS},
		{4, 8, SEAM_OPERAND_EXEC_CONTROLS},
		{5, 3, SEAM_OPERAND_TSC_FREQUENCY},
		{5, 4, 0},
		{5, 400, 0},
		{5, 401, SEAM_OPERAND_TSC_FREQUENCY},
		{5, 40 | 1 << 16, SEAM_RDX},
		{9, 1ULL << 63, SEAM_RDX},
		{10, ~0ULL, 0}, /* MRCONFIGID */
		{27, ~0ULL, 0},
		{28, 1, SEAM_RDX},
		{31, 1ULL << 63, SEAM_RDX},
		{40, 1, SEAM_RDX},
		{127, 1ULL << 63, SEAM_RDX},
	};
	u64 *params = own_map(OWN_PARAMS);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		own_build_td(test);
		own.model.tds[0].op_state = SEAM_TD_UNINITIALIZED;
		params[limits[i].word] = limits[i].value;
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS),
				limits[i].operand ? SEAM_OPERAND_INVALID | limits[i].operand
						  : SEAM_SUCCESS);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], 0);
		KUNIT_EXPECT_EQ(test, own.model.tds[0].op_state,
				limits[i].operand ? SEAM_TD_UNINITIALIZED : SEAM_TD_INITIALIZED);
	}
	/* What is accepted is kept. */
	own_build_td(test);
	own.model.tds[0].op_state = SEAM_TD_UNINITIALIZED;
	params[0] = 1;
	params[3] = 4 << 3 | 6;
	params[4] = 1;
	own_succeeds(test, SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.attributes, 1);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.xfam, 3);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.max_vcpus, 2);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.gpa_bits, 52);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.top_level, 4);
	/* Version 0 of VP.INIT numbers no virtual processor. */
	own_build_td(test);
	own_succeeds(test, SEAM_VP_INIT, OWN_TDVPR, 0, 7);
	KUNIT_EXPECT_EQ(test, own.model.vcpus[0].has_apic_id, false);
	/* A bit of CPUID that is not configurable: RCX names the leaf. */
	for (i = 0; i < 8; i++) {
		own_build_td(test);
		own.model.tds[0].op_state = SEAM_TD_UNINITIALIZED;
		params[32 + i] = ~0ULL;
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS),
				SEAM_OPERAND_INVALID | SEAM_OPERAND_CPUID_CONFIG);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX],
				(u64)seam_cpuid_configs[i / 2].subleaf << 32 |
					seam_cpuid_configs[i / 2].leaf);
	}
}

/* RDMD returns the epoch in R9. */
static void an_entry_has_the_epoch_in_which_it_was_blocked(struct kunit *test)
{
	u32 epoch;

	for (epoch = 1; epoch < 4; epoch++) {
		u32 i;

		own_build_td(test);
		own.model.tds[0].op_state = SEAM_TD_RUNNABLE;
		for (i = 1; i < epoch; i++)
			own_succeeds(test, SEAM_MEM_TRACK, OWN_TDR);
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR),
				SEAM_GPA_RANGE_NOT_BLOCKED | SEAM_RCX);
		own_succeeds(test, SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR);
		own_succeeds(test, SEAM_PHYMEM_PAGE_RDMD, OWN_MAPPED);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R9], epoch);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], SEAM_PT_REG);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], OWN_TDR);
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR),
				SEAM_TLB_TRACKING_NOT_DONE | SEAM_RCX);
		own_succeeds(test, SEAM_MEM_TRACK, OWN_TDR);
		own_succeeds(test, SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], OWN_MAPPED);
		/* The page that takes its place begins without one. */
		own_succeeds(test, SEAM_MEM_PAGE_AUG, 0, OWN_TDR, OWN_MAPPED);
		own_succeeds(test, SEAM_PHYMEM_PAGE_RDMD, OWN_MAPPED);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R9], 0);
	}
}

/* A call that finds the entry in another state tells it in RCX, its level and state in RDX. */
static void an_entry_in_a_wrong_state_is_reported(struct kunit *test)
{
	static const struct {
		u64 state, rcx;
	} entries[] = {
		{SEAM_SEPT_BLOCKED, OWN_MAPPED | 0xF0},
		{SEAM_SEPT_PENDING, OWN_MAPPED | 0xF0},
		{SEAM_SEPT_PENDING_BLOCKED, OWN_MAPPED | 0xF0},
		{SEAM_SEPT_MAPPED, OWN_MAPPED | 0xF7},
		{SEAM_SEPT_NL_BLOCKED, 0},
		{SEAM_SEPT_NL_MAPPED, 7},
	};
	u32 i;

	own_build_td(test);
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		own.pages[16].sept_state = (u8)entries[i].state;
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_AUG, 0, OWN_TDR, OWN_FREE),
				SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], entries[i].rcx);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], entries[i].state << 8);
	}
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_AUG, 1 << 30, OWN_TDR, OWN_FREE),
			SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], 1ULL << 63);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 2);
	/* A table has 512 entries. */
	own_succeeds(test, SEAM_MEM_SEPT_ADD, 1 << 21 | 1, OWN_TDR, OWN_FREE);
	own_succeeds(test, SEAM_MEM_PAGE_AUG, 1 << 21, OWN_TDR, OWN_HPA(21));
	KUNIT_EXPECT_EQ(test, own.pages[20].slot, 1);
	KUNIT_EXPECT_EQ(test, own.pages[21].slot, 0);
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
	KUNIT_EXPECT_EQ(test, own_call(SEAM_PHYMEM_PAMT_REMOVE, OWN_HPA(OWN_PAGES) | 1),
			SEAM_OPERAND_ADDR_RANGE_ERROR | SEAM_RCX);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		const u32 half = pages[i] / 256;

		seam_model_caches_written_back(&own.model);
		own_succeeds(test, SEAM_PHYMEM_PAGE_RDMD, OWN_HPA(pages[i]));
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(700 + half)), true);
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(701 - half)), false);
		/* A page that is in use keeps the pair. */
		own.pages[pages[i]].entry.type = SEAM_PT_REG;
		KUNIT_EXPECT_EQ(test, own_call(SEAM_PHYMEM_PAMT_REMOVE, OWN_BASE | 1),
				SEAM_PAMT_PAGE_NOT_EMPTY | half);
		own.pages[pages[i]].entry.type = SEAM_PT_NDA;
	}
	own.pages[512].entry.type = SEAM_PT_REG;
	own_succeeds(test, SEAM_PHYMEM_PAMT_REMOVE, OWN_BASE | 1);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], OWN_HPA(700));
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], OWN_HPA(701));
	KUNIT_EXPECT_EQ(test, own.regions[0].entry.owner, OWN_HPA(700) << 4);
}

/* Each answer that a module can give to the delete of an object of three pages. */
static void each_bad_response_about_a_list_is_the_planned_one(struct kunit *test)
{
	const u64 key = 32ULL << OWN_ADDRESS_BITS, two = 2ULL << 55;
	const u64 a = OWN_HPA(100), b = OWN_HPA(101), c = OWN_HPA(102), foreign = OWN_HPA(103);
	const struct {
		enum seam_bad_response response;
		u64 word, list[4];
		u32 kept;
	} bad_responses[] = {
		{SEAM_BAD_NONE, LIST | two, {a, b, c, 7}, 0},
		{SEAM_BAD_SWAPPED_PAGES, LIST | two, {b, a, c, 7}, 0},
		{SEAM_BAD_SHORT_LIST, LIST | 1ULL << 55, {a, b, 0, 7}, 0},
		{SEAM_BAD_FOREIGN_PAGE, LIST | two, {a, b, foreign, 7}, 0},
		{SEAM_BAD_KEYID_BITS, LIST | two, {a, b, c | key, 7}, 0},
		{SEAM_BAD_OTHER_ROOT, (LIST + SEAM_PAGE_SIZE) | two, {a, b, c, 7}, 0},
		{SEAM_BAD_STALE_LIST, LIST | two, {7, 7, 7, 7}, 0},
		{SEAM_BAD_KEEPS_PAGES, LIST | two, {a, b, c, 7}, 3},
	};
	u64 *list = own_map(LIST);
	u32 i, at;

	for (i = 0; i < ARRAY_SIZE(bad_responses); i++) {
		const struct seam_injection bad = {SEAM_INJECT_BAD_RESPONSE, SEAM_SPDM_DELETE, 1, 1,
						   bad_responses[i].response};

		own_init();
		own.model.config.spdm_pages = 3;
		for (at = 0; at < 3; at++)
			list[at] = OWN_HPA(100 + at);
		own_succeeds(test, SEAM_SPDM_CREATE, 0, LIST | two);
		for (at = 0; at < 4; at++)
			list[at] = 7;
		if (bad_responses[i].response)
			KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &bad), true);
		own_succeeds(test, SEAM_SPDM_DELETE, 1, LIST);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], bad_responses[i].word);
		for (at = 0; at < 4; at++)
			KUNIT_EXPECT_EQ(test, list[at], bad_responses[i].list[at]);
		KUNIT_EXPECT_EQ(test, seam_model_owned_pages(&own.model), bad_responses[i].kept);
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

static void the_pamt_of_each_level_has_its_size(struct kunit *test)
{
	own_init();
	KUNIT_EXPECT_EQ(test, seam_pamt_bytes(&own.model, SEAM_4K, SEAM_GIGA_SIZE), 4 << 20);
	KUNIT_EXPECT_EQ(test, seam_pamt_bytes(&own.model, SEAM_2M, SEAM_GIGA_SIZE), 8192);
	KUNIT_EXPECT_EQ(test, seam_pamt_bytes(&own.model, SEAM_1G, SEAM_GIGA_SIZE), 16);
	own.model.config.dynamic_pamt = 1;
	KUNIT_EXPECT_EQ(test, seam_pamt_bytes(&own.model, SEAM_4K, SEAM_GIGA_SIZE), 32768);
	KUNIT_EXPECT_EQ(test, seam_pamt_bytes(&own.model, SEAM_2M, SEAM_GIGA_SIZE), 8192);
}

static const struct {
	u64 leaf, rcx, status;
} refused[] = {
	{SEAM_MEM_PAGE_ADD, SEAM_PAGE_SIZE | 1 << 3, SEAM_OPERAND_INVALID | SEAM_RCX},
	{SEAM_MEM_PAGE_ADD, SEAM_PAGE_SIZE | 1ULL << 52, SEAM_OPERAND_INVALID | SEAM_RCX},
	{SEAM_MEM_PAGE_AUG, 1 << 21, SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{SEAM_MEM_PAGE_REMOVE, 1ULL << 47, SEAM_OPERAND_INVALID | SEAM_RCX}, /* shared */
	{SEAM_MEM_PAGE_REMOVE, 1, SEAM_OPERAND_INVALID | SEAM_RCX},
	{SEAM_MEM_RANGE_BLOCK, 1 << 21, SEAM_EPT_WALK_FAILED | SEAM_RCX},
	{SEAM_MEM_RANGE_BLOCK, 4, SEAM_OPERAND_INVALID | SEAM_RCX},
};

static void an_address_has_to_be_one_of_private_memory(struct kunit *test)
{
	u32 i;

	own_build_td(test);
	own_remember();
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		KUNIT_EXPECT_EQ_MSG(
			test,
			own_call(refused[i].leaf, refused[i].rcx, OWN_TDR, OWN_FREE, OWN_PARAMS),
			refused[i].status, "row %u", i);
		KUNIT_EXPECT_TRUE_MSG(test, own_is_unchanged(), "row %u", i);
	}
}

/* A TD with 6 TDCS pages, the 6 of its virtual processor, three tables and one page of memory; and two more pages. */
static void memory_of_a_td_is_the_modules_until_it_is_removed(struct kunit *test)
{
	static const u8 types[] = {SEAM_PT_EPT, SEAM_PT_EPT, SEAM_PT_EPT, SEAM_PT_REG};
	/* In another order than they were added. */
	static const struct {
		u64 gpa, hpa;
	} removed[] = {
		{0, OWN_MAPPED},
		{2 * SEAM_PAGE_SIZE, OWN_HPA(21)},
		{SEAM_PAGE_SIZE, OWN_FREE},
	};
	u32 i;

	own_build_td(test);
	own_succeeds(test, SEAM_MEM_PAGE_AUG, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE, 0);
	KUNIT_EXPECT_EQ(test, own.pages[20].sept_state, SEAM_SEPT_PENDING);
	own_succeeds(test, SEAM_MEM_PAGE_AUG, 2 * SEAM_PAGE_SIZE, OWN_TDR, OWN_HPA(21), 0);
	KUNIT_EXPECT_EQ(test, TD->children, 18);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const struct seam_page *page = &own.pages[13 + i];

		KUNIT_EXPECT_EQ(test, page->entry.type, types[i]);
		KUNIT_EXPECT_EQ(test, page->entry.owner, OWN_TDR);
		KUNIT_EXPECT_EQ(test, seam_keys_has(&page->dirty, OWN_KEYID), true);
	}
	for (i = 0; i < ARRAY_SIZE(removed); i++) {
		own_succeeds(test, SEAM_MEM_PAGE_REMOVE, removed[i].gpa, OWN_TDR, 0, 0);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], removed[i].hpa);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 0);
	}
	KUNIT_EXPECT_EQ(test, TD->children, 15);
	KUNIT_EXPECT_EQ(test, MAPPED->entry.type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_MAPPED), true);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR, 0, 0),
			SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
}

/* In the epoch in which the entry was blocked. A TD that does not run has no TLB entries. */
static void an_entry_is_removed_in_some_states(struct kunit *test)
{
	static const struct {
		u8 op_state, sept_state;
		u64 status;
		bool told; /* RDX has the state */
	} rows[] = {
		{SEAM_TD_INITIALIZED, SEAM_SEPT_MAPPED, SEAM_SUCCESS, false},
		{SEAM_TD_INITIALIZED, SEAM_SEPT_PENDING, SEAM_SUCCESS, false},
		{SEAM_TD_INITIALIZED, SEAM_SEPT_BLOCKED, SEAM_SUCCESS, false},
		{SEAM_TD_INITIALIZED, SEAM_SEPT_PENDING_BLOCKED, SEAM_SUCCESS, false},
		{SEAM_TD_RUNNABLE, SEAM_SEPT_PENDING, SEAM_GPA_RANGE_NOT_BLOCKED | SEAM_RCX, true},
		{SEAM_TD_RUNNABLE, SEAM_SEPT_MAPPED, SEAM_GPA_RANGE_NOT_BLOCKED | SEAM_RCX, true},
		{SEAM_TD_RUNNABLE, SEAM_SEPT_PENDING_BLOCKED, SEAM_TLB_TRACKING_NOT_DONE | SEAM_RCX,
		 false},
		{SEAM_TD_RUNNABLE, SEAM_SEPT_NL_MAPPED, SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX,
		 true},
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		own_build_td(test);
		TD->op_state = rows[i].op_state;
		MAPPED->sept_state = rows[i].sept_state;
		MAPPED->entry.epoch = TD->epoch;
		KUNIT_EXPECT_EQ_MSG(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR, 0, 0),
				    rows[i].status, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, own_registers.r[SEAM_RDX],
				    rows[i].told ? rows[i].sept_state << 8 : 0, "row %u", i);
	}
}

static void an_entry_is_blocked_once(struct kunit *test)
{
	static const struct {
		u8 before, after;
	} states[] = {
		{SEAM_SEPT_MAPPED, SEAM_SEPT_BLOCKED},
		{SEAM_SEPT_PENDING, SEAM_SEPT_PENDING_BLOCKED},
		{SEAM_SEPT_NL_MAPPED, SEAM_SEPT_NL_BLOCKED},
	};
	u32 i;

	own_build_td(test);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		MAPPED->sept_state = states[i].before;
		own_succeeds(test, SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR, 0, 0);
		KUNIT_EXPECT_EQ(test, MAPPED->sept_state, states[i].after);
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR, 0, 0),
				SEAM_GPA_RANGE_ALREADY_BLOCKED | SEAM_RCX);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], states[i].after << 8);
	}
	/* Nothing is found below a table that is blocked. */
	own_succeeds(test, SEAM_MEM_RANGE_BLOCK, 1, OWN_TDR, 0, 0);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR, 0, 0),
			SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 1 | SEAM_SEPT_NL_BLOCKED << 8);
}

static void a_page_that_is_missing_or_pending_is_not_measured(struct kunit *test)
{
	own_build_td(test);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MR_EXTEND, 1 << 30, OWN_TDR, 0, 0),
			SEAM_EPT_ENTRY_NOT_PRESENT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], 1ULL << 63);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 2);
	MAPPED->sept_state = SEAM_SEPT_PENDING;
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MR_EXTEND, 0, OWN_TDR, 0, 0),
			SEAM_EPT_ENTRY_NOT_PRESENT);
}

/* Version 0 of VP.INIT has no APIC ID. */
static void a_virtual_processor_is_counted_and_numbered(struct kunit *test)
{
	u32 version;

	for (version = 0; version < 2; version++) {
		own_build_td(test);
		own_succeeds(test, SEAM_VP_INIT | version << 16, OWN_TDVPR, 0, 7, 0);
		KUNIT_EXPECT_EQ(test, own.model.vcpus[0].has_apic_id, version);
		KUNIT_EXPECT_EQ(test, own.model.vcpus[0].apic_id, version ? 7 : 0);
		KUNIT_EXPECT_EQ(test, TD->vcpus, 1);
		KUNIT_EXPECT_EQ(test, TD->initialised_vcpus, 1);
		own_succeeds(test, SEAM_VP_FLUSH, OWN_TDVPR, 0, 0, 0);
		KUNIT_EXPECT_EQ(test, TD->vcpus, 0);
		KUNIT_EXPECT_EQ(test, TD->initialised_vcpus, 1);
	}
}

/* EAX and EBX, ECX and EDX of the fourth leaf. A field that is not there reads as 0. */
static void cpuid_values_of_a_td_are_kept(struct kunit *test)
{
	u64 *params = own_map(OWN_PARAMS);

	own_build_td(test);
	TD->op_state = SEAM_TD_UNINITIALIZED;
	params[38] = 0x1F;
	params[39] = 0xFFFF;
	own_succeeds(test, SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS, 0, 0);
	KUNIT_EXPECT_EQ(test, TD->params.cpuid[3].value[0], 0x1F);
	KUNIT_EXPECT_EQ(test, TD->params.cpuid[3].value[1], 0xFFFF);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MNG_RD, OWN_TDR, 0x9410000300000302, ~0ULL, 0),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], 0);
}

/* @other is in a register that is no input. */
static u64 get_quote(u64 bytes, u64 other)
{
	own_registers = (struct seam_registers){.r = {
							[SEAM_RAX] = SEAM_QUOTE_GET,
							[SEAM_RCX] = OWN_TDR,
							[SEAM_RDX] = 0xFFFFULL << 32,
							[SEAM_R8] = OWN_HPA(901),
							[SEAM_R9] = 64,
							[SEAM_R10] = LIST,
							[SEAM_R11] = bytes,
							[SEAM_R12] = other,
						}};
	if (seam_model_call(&own.model, 0, 0, &own_registers) != SEAM_COMPLETED)
		return ~0ULL;
	return own_registers.r[SEAM_RAX];
}

static void an_interrupted_quote_is_not_resumed_with_another_length(struct kunit *test)
{
	const struct seam_injection plan = {SEAM_INJECT_INTERRUPT, SEAM_QUOTE_GET, 1, 1, 0};

	own_build_td(test);
	own.model.quote_initialised = true;
	own.model.config.quote_bytes = SEAM_PAGE_SIZE;
	*(u64 *)own_map(LIST) = OWN_HPA(902);
	KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &plan), true);
	KUNIT_EXPECT_EQ(test, get_quote(SEAM_PAGE_SIZE, 0), SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, get_quote(SEAM_PAGE_SIZE + 1, 0), SEAM_OPERAND_INVALID | SEAM_R11);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].kind, SEAM_CHANGED_RESUME);
	KUNIT_EXPECT_EQ(test, get_quote(SEAM_PAGE_SIZE, 1), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_field_of_the_module_has_its_value),
	KUNIT_CASE(each_field_of_a_td_has_its_value),
	KUNIT_CASE(parameters_of_a_td_have_their_limits),
	KUNIT_CASE(an_entry_has_the_epoch_in_which_it_was_blocked),
	KUNIT_CASE(an_entry_in_a_wrong_state_is_reported),
	KUNIT_CASE(a_page_pair_is_written_by_halves),
	KUNIT_CASE(each_bad_response_about_a_list_is_the_planned_one),
	KUNIT_CASE(a_set_of_keyids_holds_each_of_them),
	KUNIT_CASE(lines_of_another_package_stay_dirty),
	KUNIT_CASE(the_pamt_of_each_level_has_its_size),
	KUNIT_CASE(an_address_has_to_be_one_of_private_memory),
	KUNIT_CASE(memory_of_a_td_is_the_modules_until_it_is_removed),
	KUNIT_CASE(an_entry_is_removed_in_some_states),
	KUNIT_CASE(an_entry_is_blocked_once),
	KUNIT_CASE(a_page_that_is_missing_or_pending_is_not_measured),
	KUNIT_CASE(a_virtual_processor_is_counted_and_numbered),
	KUNIT_CASE(cpuid_values_of_a_td_are_kept),
	KUNIT_CASE(an_interrupted_quote_is_not_resumed_with_another_length),
	{},
};

OWN_SUITE("own_model_values");
