// SPDX-License-Identifier: GPL-2.0
/* Calls that the model interrupts: what it remembers of them, and where they continue. */
#include "own_model.h"

#define LIST OWN_HPA(900)

static u32 pending_resumes(void)
{
	u32 i, pending = 0;

	for (i = 0; i < SEAM_MAX_RESUMES; i++)
		pending += own.model.resumes[i].pending;
	return pending;
}

/* The module remembers where it was interrupted, until it answers with another status. */
static void extension_memory_is_added_entry_by_entry(struct kunit *test)
{
	const struct seam_injection plans[] = {
		{SEAM_INJECT_BAD_RESPONSE, SEAM_EXT_MEM_ADD, 3, 1, SEAM_BAD_WRONG_RESUME},
		{SEAM_INJECT_STATUS, SEAM_SPDM_CREATE, 1, 1, SEAM_OPERAND_INVALID},
		{SEAM_INJECT_STATUS, SEAM_EXT_MEM_ADD, 4, 1, SEAM_OPERAND_INVALID},
	};
	const u64 word = LIST | 3ULL << 55;
	u32 i;

	own_init();
	own.model.config.interrupted = 1;
	for (i = 0; i < 4; i++)
		((u64 *)own_map(LIST))[i] = OWN_HPA(100 + i);
	for (i = 0; i < ARRAY_SIZE(plans); i++)
		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &plans[i]), true);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, own_call(SEAM_EXT_MEM_ADD, word | i << 3),
				SEAM_INTERRUPTED_RESUMABLE);
		KUNIT_EXPECT_EQ(test, own.model.ext_resume, word | (i + 1) << 3);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX],
				(word | (i + 1) << 3) + (i == 2 ? SEAM_PAGE_SIZE : 0));
	}
	KUNIT_EXPECT_EQ(test, own_call(SEAM_SPDM_CREATE), SEAM_OPERAND_INVALID);
	KUNIT_EXPECT_EQ(test, own.model.ext_resume, word | 3 << 3);
	KUNIT_EXPECT_EQ(test, own_call(SEAM_EXT_MEM_ADD, word | 3 << 3), SEAM_OPERAND_INVALID);
	KUNIT_EXPECT_EQ(test, own.model.ext_resume, 0);
	own_succeeds(test, SEAM_EXT_MEM_ADD, word | 3 << 3);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], word | 4 << 3);
	KUNIT_EXPECT_EQ(test, own.model.ext_pages_given, 4);
	KUNIT_EXPECT_EQ(test, own.pages[103].entry.owner, 0xE87);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

static u64 connect(u64 session, u64 output)
{
	return own_call(SEAM_SPDM_CONNECT, session, LIST, OWN_HPA(901), OWN_HPA(902), output);
}

/* Each message is preceded by one interrupt, and so is the end. */
static void each_message_may_be_interrupted_once(struct kunit *test)
{
	u32 i;

	own_init();
	own.model.config.spdm_pages = 1;
	own.model.config.interrupted = 1;
	own.model.config.output_bytes = SEAM_PAGE_SIZE;
	own_succeeds(test, SEAM_SPDM_CREATE, 0, OWN_HPA(100));
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, connect(1, OWN_HPA(903)),
				i == 5	     ? SEAM_SUCCESS
				: i % 2 == 1 ? SEAM_SPDM_REQUEST
					     : SEAM_INTERRUPTED_RESUMABLE);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], SEAM_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, own_memory[903][0], 0xD0);
	KUNIT_EXPECT_EQ(test, own_memory[903][4095], 0xD0);
	KUNIT_EXPECT_EQ(test, own_memory[904][0], 0);
	KUNIT_EXPECT_EQ(test, own.model.objects[SEAM_SPDM_SESSION][0].connected, true);
	KUNIT_EXPECT_EQ(test, pending_resumes(), 0);
}

/* A leaf that keeps no progress is called again from the start. */
static void an_interrupted_start_returns_that_status(struct kunit *test)
{
	static const u16 leaves[] = {SEAM_EXT_INIT, SEAM_QUOTE_INIT};
	u32 i;

	own_init();
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		const struct seam_injection interrupt = {SEAM_INJECT_INTERRUPT, leaves[i], 1, 1, 0};

		KUNIT_EXPECT_EQ(test, seam_model_inject(&own.model, &interrupt), true);
		KUNIT_EXPECT_EQ(test, own_call(leaves[i]), SEAM_INTERRUPTED_RESUMABLE);
		KUNIT_EXPECT_EQ(test, i ? own.model.quote_initialised : own.model.ext_initialised,
				false);
		own_succeeds(test, leaves[i]);
		KUNIT_EXPECT_EQ(test, i ? own.model.quote_initialised : own.model.ext_initialised,
				true);
	}
}

/* @other is in a register that is no input. */
static u64 get_quote(u64 bytes, u64 other)
{
	own_registers_fill((const u64[OWN_INPUTS]){SEAM_QUOTE_GET, OWN_TDR, 0xFFFFULL << 32,
						   OWN_HPA(901), 64, LIST, bytes});
	own_registers.r[SEAM_R12] = other;
	return own_issue(0);
}

/* It is interrupted once, and nothing of that is left. */
static void a_quote_is_continued_with_the_same_inputs(struct kunit *test)
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
	KUNIT_EXPECT_EQ(test, pending_resumes(), 1);
	KUNIT_EXPECT_EQ(test, get_quote(SEAM_PAGE_SIZE, 1), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
	KUNIT_EXPECT_EQ(test, pending_resumes(), 0);
	KUNIT_EXPECT_EQ(test, own_memory[902][4095], 0x51);
	KUNIT_EXPECT_EQ(test, own_memory[903][0], 0);
}

/* Two sessions have a message that waits to be sent; one of them is deleted. */
static void pending_operations_end_with_their_object(struct kunit *test)
{
	u32 id;

	own_init();
	own.model.config.spdm_pages = 1;
	*(u64 *)own_map(OWN_HPA(903)) = OWN_HPA(904);
	for (id = 1; id <= 2; id++) {
		own_succeeds(test, SEAM_SPDM_CREATE, id, OWN_HPA(100 + id));
		KUNIT_EXPECT_EQ(test, connect(id, OWN_HPA(903) | 1ULL << 55), SEAM_SPDM_REQUEST);
		KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], 32);
		KUNIT_EXPECT_EQ(test, *(u64 *)own_map(OWN_HPA(902)), 0x5350444D00000001ULL);
		KUNIT_EXPECT_EQ(test, pending_resumes(), id);
		KUNIT_EXPECT_EQ(test, own.model.objects[SEAM_SPDM_SESSION][id - 1].begun, true);
		KUNIT_EXPECT_EQ(test, own.pages[100 + id].entry.owner, 1ULL << 32 | id);
	}
	own_succeeds(test, SEAM_SPDM_DELETE, 1);
	KUNIT_EXPECT_EQ(test, own_registers.r[SEAM_RCX], OWN_HPA(101));
	KUNIT_EXPECT_EQ(test, pending_resumes(), 1);
	KUNIT_EXPECT_EQ(test, own.model.resumes[0].pending, false);
	/* The other one exchanges its second message, and is connected. */
	for (id = 1; id <= 2; id++)
		KUNIT_EXPECT_EQ(test, connect(2, OWN_HPA(903) | 1ULL << 55),
				id == 1 ? SEAM_SPDM_REQUEST
					: SEAM_OPERAND_INVALID | SEAM_R10); /* no second page */
	KUNIT_EXPECT_EQ(test, pending_resumes(), 0);
	own.model.resumes[3].pending = true;
	seam_model_settle(&own.model);
	KUNIT_EXPECT_EQ(test, pending_resumes(), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(extension_memory_is_added_entry_by_entry),
	KUNIT_CASE(each_message_may_be_interrupted_once),
	KUNIT_CASE(an_interrupted_start_returns_that_status),
	KUNIT_CASE(a_quote_is_continued_with_the_same_inputs),
	KUNIT_CASE(pending_operations_end_with_their_object),
	{},
};

OWN_SUITE("own_model_interrupted");
