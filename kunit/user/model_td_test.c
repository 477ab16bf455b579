// SPDX-License-Identifier: GPL-2.0
/* What the model reports and keeps of a TD: its parameters, memory and virtual processors. */
#include "own_model.h"

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
		own_succeeds(test, SEAM_MNG_RD, OWN_TDR, fields[i].id);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_R8], fields[i].value);
	}
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MNG_RD, OWN_TDR, 0x9410000300000302),
			SEAM_METADATA_ID_INCORRECT);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MNG_RD, OWN_TDR, 0x9410000300000E02, ~0ULL),
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
	params[38] = 0x1F;
	params[39] = 0xFFFF;
	own_succeeds(test, SEAM_MNG_INIT, OWN_TDR, OWN_PARAMS);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.attributes, 1);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.xfam, 3);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.max_vcpus, 2);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.gpa_bits, 52);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.top_level, 4);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.cpuid[3].value[0], 0x1F);
	KUNIT_EXPECT_EQ(test, own.model.tds[0].params.cpuid[3].value[1], 0xFFFF);
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
	own_succeeds(test, SEAM_MEM_PAGE_AUG, SEAM_PAGE_SIZE, OWN_TDR, OWN_FREE);
	KUNIT_EXPECT_EQ(test, own.pages[20].sept_state, SEAM_SEPT_PENDING);
	own_succeeds(test, SEAM_MEM_PAGE_AUG, 2 * SEAM_PAGE_SIZE, OWN_TDR, OWN_HPA(21));
	KUNIT_EXPECT_EQ(test, own.model.tds[0].children, 18);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const struct seam_page *page = &own.pages[13 + i];

		KUNIT_EXPECT_EQ(test, page->entry.type, types[i]);
		KUNIT_EXPECT_EQ(test, page->entry.owner, OWN_TDR);
		KUNIT_EXPECT_EQ(test, seam_keys_has(&page->dirty, OWN_KEYID), true);
	}
	for (i = 0; i < ARRAY_SIZE(removed); i++) {
		own_succeeds(test, SEAM_MEM_PAGE_REMOVE, removed[i].gpa, OWN_TDR);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], removed[i].hpa);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 0);
	}
	KUNIT_EXPECT_EQ(test, own.model.tds[0].children, 15);
	KUNIT_EXPECT_EQ(test, own.pages[16].entry.type, SEAM_PT_NDA);
	KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_MAPPED), true);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR),
			SEAM_EPT_ENTRY_STATE_INCORRECT | SEAM_RCX);
}

/* A TD that does not run has no TLB entries: a blocked page is removed at once. */
static void an_entry_is_blocked_once(struct kunit *test)
{
	static const struct {
		u8 before, after;
	} states[] = {
		{SEAM_SEPT_MAPPED, SEAM_SEPT_BLOCKED},
		{SEAM_SEPT_PENDING, SEAM_SEPT_PENDING_BLOCKED},
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		own_build_td(test);
		own.pages[16].sept_state = states[i].before;
		own_succeeds(test, SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR);
		KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_RANGE_BLOCK, 0, OWN_TDR),
				SEAM_GPA_RANGE_ALREADY_BLOCKED | SEAM_RCX);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], states[i].after << 8);
		own_succeeds(test, SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR);
	}
	/* Nothing is found below a table that is blocked. */
	own_succeeds(test, SEAM_MEM_RANGE_BLOCK, 1, OWN_TDR);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_RANGE_BLOCK, 1, OWN_TDR),
			SEAM_GPA_RANGE_ALREADY_BLOCKED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MEM_PAGE_REMOVE, 0, OWN_TDR),
			SEAM_EPT_WALK_FAILED | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 1 | SEAM_SEPT_NL_BLOCKED << 8);
}

/* Version 0 of VP.INIT has no APIC ID. */
static void a_virtual_processor_is_counted_and_numbered(struct kunit *test)
{
	u32 version;

	for (version = 0; version < 2; version++) {
		own_build_td(test);
		own_succeeds(test, SEAM_VP_INIT | version << 16, OWN_TDVPR, 0, 7);
		KUNIT_EXPECT_EQ(test, own.model.vcpus[0].has_apic_id, version);
		KUNIT_EXPECT_EQ(test, own.model.vcpus[0].apic_id, version ? 7 : 0);
		KUNIT_EXPECT_EQ(test, own.model.tds[0].vcpus, 1);
		KUNIT_EXPECT_EQ(test, own.model.tds[0].initialised_vcpus, 1);
		own_succeeds(test, SEAM_VP_FLUSH, OWN_TDVPR);
		KUNIT_EXPECT_EQ(test, own.model.tds[0].vcpus, 0);
		KUNIT_EXPECT_EQ(test, own.model.tds[0].initialised_vcpus, 1);
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
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], SEAM_SEPT_MAPPED << 8);
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
	KUNIT_EXPECT_EQ(test, own_call(SEAM_MR_EXTEND, 1 << 30, OWN_TDR),
			SEAM_EPT_ENTRY_NOT_PRESENT | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], 1ULL << 63);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RDX], 2);
	/* A table has 512 entries. */
	own_succeeds(test, SEAM_MEM_SEPT_ADD, 1 << 21 | 1, OWN_TDR, OWN_FREE);
	own_succeeds(test, SEAM_MEM_PAGE_AUG, 1 << 21, OWN_TDR, OWN_HPA(21));
	KUNIT_EXPECT_EQ(test, own.pages[20].slot, 1);
	KUNIT_EXPECT_EQ(test, own.pages[21].slot, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_field_of_a_td_has_its_value),
	KUNIT_CASE(parameters_of_a_td_have_their_limits),
	KUNIT_CASE(memory_of_a_td_is_the_modules_until_it_is_removed),
	KUNIT_CASE(an_entry_is_blocked_once),
	KUNIT_CASE(a_virtual_processor_is_counted_and_numbered),
	KUNIT_CASE(an_entry_has_the_epoch_in_which_it_was_blocked),
	KUNIT_CASE(an_entry_in_a_wrong_state_is_reported),
	{},
};

OWN_SUITE("own_model_td");
