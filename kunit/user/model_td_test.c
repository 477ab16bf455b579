// SPDX-License-Identifier: GPL-2.0
/* What calls about a TD leave behind in the model: pages and entries of its memory, virtual processors, parameters. */
#include "own_model.h"

#define TD     (&own.model.tds[0])
#define MAPPED (&own.pages[16])
#define LIST   OWN_HPA(900)

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

OWN_SUITE("own_model_td");
