// SPDX-License-Identifier: GPL-2.0
/* The judge alone: each action of a host on pages of each kind, and what the judge reports. */
#include "own_model.h"

#define PFN(INDEX) (OWN_HPA(INDEX) >> 12)
#define PAGE	   (&own.pages[30])

static struct seam_finding last_finding(void)
{
	return own.model.findings[own.model.finding_count - 1];
}

/* The state of a page when the host acts on it. */
enum kind {
	PLAIN,
	OWNED,
	RESERVED,
	OF_PAMT,
	DIRTY,
	UNCONVERTED,
	HELD,
	FLUSHED
};

static void make(enum kind kind)
{
	own_init();
	own.regions[0].written = true;
	switch (kind) {
	case PLAIN:
		break;
	case OWNED:
		PAGE->entry.type = SEAM_PT_OBJECT;
		break;
	case RESERVED:
		PAGE->entry.type = SEAM_PT_RSVD;
		break;
	case OF_PAMT:
		PAGE->pamt = true;
		break;
	case DIRTY:
		seam_keys_add(&PAGE->dirty, OWN_KEYID);
		PAGE->dirty_lps = 1;
		break;
	case UNCONVERTED:
		PAGE->unconverted = 1;
		break;
	case HELD:
		PAGE->held = true;
		break;
	case FLUSHED:
		PAGE->flushed = 1;
		break;
	}
}

static void pages_that_the_host_frees_are_judged(struct kunit *test)
{
	static const struct {
		bool interesting, private;
		u32 finding; /* SEAM_FINDING_KINDS: none */
	} answers[] = {
		[PLAIN] = {false, false, SEAM_FINDING_KINDS},
		[OWNED] = {true, true, SEAM_FREED_OWNED},
		[RESERVED] = {false, false, SEAM_FINDING_KINDS},
		[OF_PAMT] = {true, true, SEAM_FREED_OWNED},
		[DIRTY] = {true, true, SEAM_FREED_DIRTY},
		[UNCONVERTED] = {true, false, SEAM_FREED_UNCONVERTED},
		[HELD] = {true, false, SEAM_FINDING_KINDS},
		[FLUSHED] = {true, false, SEAM_FINDING_KINDS},
	};
	struct seam_event events[4];
	u32 kind;

	for (kind = 0; kind < ARRAY_SIZE(answers); kind++) {
		const bool found = answers[kind].finding != SEAM_FINDING_KINDS;

		make(kind);
		KUNIT_EXPECT_EQ(test, seam_judge_is_interested(&own.model, PFN(30)),
				answers[kind].interesting);
		KUNIT_EXPECT_EQ(test, seam_judge_is_private(&own.model, OWN_HPA(30)),
				answers[kind].private);
		seam_judge_host_frees(&own.model, PFN(29), 1);
		seam_judge_host_frees(&own.model, PFN(31), 4);
		KUNIT_EXPECT_EQ(test, own.model.event_count, 0);
		seam_judge_host_frees(&own.model, PFN(28), 3);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, found);
		if (found) {
			KUNIT_EXPECT_EQ(test, last_finding().kind, answers[kind].finding);
			KUNIT_EXPECT_EQ(test, last_finding().hpa, OWN_HPA(30));
			KUNIT_EXPECT_EQ(test, last_finding().leaf, 0);
		}
		KUNIT_EXPECT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), events, 4),
				answers[kind].interesting + found);
		if (answers[kind].interesting) {
			KUNIT_EXPECT_EQ(test, events[0].kind, SEAM_EVENT_FREED);
			KUNIT_EXPECT_EQ(test, events[0].leaf, 0);
			KUNIT_EXPECT_EQ(test, events[0].detail, 0);
		}
		KUNIT_EXPECT_EQ(test, PAGE->held, false);
		KUNIT_EXPECT_EQ(test, PAGE->flushed, 0);
		KUNIT_EXPECT_EQ(test, PAGE->unconverted, 0);
		KUNIT_EXPECT_EQ(test, PAGE->dirty_lps, 0);
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(30)), false);
	}
	/* Beyond the tables there is nothing to judge. */
	seam_judge_host_frees(&own.model, PFN(OWN_PAGES), 2);
	KUNIT_EXPECT_EQ(test, seam_judge_is_interested(&own.model, PFN(OWN_PAGES)), false);
	KUNIT_EXPECT_EQ(test, seam_judge_is_private(&own.model, OWN_HPA(OWN_PAGES)), false);
	KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
}

static void only_a_write_to_a_private_page_is_a_finding(struct kunit *test)
{
	static const bool private[] = {
		[OWNED] = true, [OF_PAMT] = true, [DIRTY] = true, [FLUSHED] = false};
	u32 kind;

	for (kind = 0; kind < ARRAY_SIZE(private); kind++) {
		make(kind);
		seam_judge_host_accesses(&own.model, OWN_HPA(30) + 5, 0x1234, false);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
		KUNIT_EXPECT_EQ(test, seam_judge_host_reads(&own.model), private[kind]);
		KUNIT_EXPECT_EQ(test, PAGE->write_seen, false);
		seam_judge_host_accesses(&own.model, OWN_HPA(30) + 5, 0x1234, true);
		KUNIT_EXPECT_EQ(test, seam_judge_host_reads(&own.model), private[kind]);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, private[kind]);
		KUNIT_EXPECT_EQ(test, PAGE->write_seen, private[kind]);
		if (!private[kind])
			continue;
		KUNIT_EXPECT_EQ(test, last_finding().kind, SEAM_HOST_WRITE_SEEN);
		KUNIT_EXPECT_EQ(test, last_finding().hpa, OWN_HPA(30));
		KUNIT_EXPECT_EQ(test, last_finding().rip, 0x1234);
		KUNIT_EXPECT_EQ(test, last_finding().leaf, 0);
	}
	seam_judge_host_accesses(&own.model, OWN_HPA(OWN_PAGES), 1, true);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

/* Each line is converted by itself; a page outside of memory is ignored, and dirty private lines prevent it. */
static void a_page_is_converted_with_its_last_line(struct kunit *test)
{
	struct seam_event event;
	u32 line;

	make(PLAIN);
	PAGE->unconverted = ~0ULL;
	for (line = 0; line < 64; line++) {
		KUNIT_EXPECT_EQ(test, own.model.event_count, 0);
		KUNIT_EXPECT_EQ(test, PAGE->unconverted, ~0ULL << line);
		seam_judge_host_converts(&own.model, OWN_HPA(30) + line * 64);
	}
	KUNIT_EXPECT_EQ(test, PAGE->unconverted, 0);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), &event, 1), 1);
	KUNIT_EXPECT_EQ(test, event.kind, SEAM_EVENT_CONVERTED);
	KUNIT_EXPECT_EQ(test, event.leaf, 0);
	KUNIT_EXPECT_EQ(test, event.detail, 0);
	seam_judge_host_converts(&own.model, OWN_HPA(30));
	KUNIT_EXPECT_EQ(test, own.model.event_count, 1);
	seam_judge_host_converts(&own.model, OWN_HPA(OWN_PAGES));

	make(DIRTY);
	PAGE->unconverted = 1;
	seam_judge_host_converts(&own.model, OWN_HPA(30));
	KUNIT_EXPECT_EQ(test, PAGE->unconverted, 1);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

/* The write is reported; if the module has written to the page, a later change is reported, too. */
static void converting_a_page_of_the_module_is_a_write(struct kunit *test)
{
	static const bool held[] = {false, true};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(held); i++) {
		make(OWNED);
		PAGE->held = held[i];
		seam_scramble(&own.model, PAGE);
		seam_judge_host_converts(&own.model, OWN_HPA(30));
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
		KUNIT_EXPECT_EQ(test, last_finding().kind, SEAM_HOST_WROTE);
		KUNIT_EXPECT_EQ(test, last_finding().hpa, OWN_HPA(30));
		KUNIT_EXPECT_EQ(test, PAGE->write_seen, !held[i]);
		own_memory[30][100] ^= 1;
		seam_judge_sweep(&own.model);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 1 + held[i]);
		KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
	}
	/* A page that a call is working on, and one without content, are left alone. */
	make(OWNED);
	PAGE->held = true;
	seam_scramble(&own.model, PAGE);
	own_memory[30][0] ^= 1;
	KUNIT_EXPECT_EQ(test, seam_try_lock(&PAGE->entry.lock, SEAM_EXCLUSIVE), true);
	seam_judge_sweep(&own.model);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
	seam_judge_host_converts(&own.model, OWN_HPA(30));
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 1);
	KUNIT_EXPECT_EQ(test, PAGE->entry.lock.holders, -1);
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, PAGE), false);
	seam_unlock(&PAGE->entry.lock, SEAM_EXCLUSIVE);
}

static void the_content_of_each_kind_of_page_is_swept(struct kunit *test)
{
	static const struct {
		u8 type;
		bool has_content;
	} types[] = {
		{SEAM_PT_NDA, false}, {SEAM_PT_RSVD, false},  {SEAM_PT_REG, true},
		{SEAM_PT_TDR, true},  {SEAM_PT_TDCX, true},   {SEAM_PT_TDVPR, true},
		{SEAM_PT_EPT, true},  {SEAM_PT_OBJECT, true},
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		make(HELD);
		seam_scramble(&own.model, PAGE);
		PAGE->entry.type = types[i].type;
		seam_judge_sweep(&own.model);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
		own_memory[30][4095] ^= 0x80;
		seam_judge_sweep(&own.model);
		seam_judge_sweep(&own.model);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, types[i].has_content);
		if (types[i].has_content) {
			KUNIT_EXPECT_EQ(test, last_finding().kind, SEAM_HOST_WROTE);
			KUNIT_EXPECT_EQ(test, last_finding().leaf, 0);
		}
		KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
	}
}

/* Private KeyIDs begin with 32 here. */
static void a_write_back_with_a_wrong_keyid_is_found(struct kunit *test)
{
	static const struct {
		enum kind page;
		u32 keyid, finding; /* SEAM_FINDING_KINDS: none */
		bool told, dirty;
	} rows[] = {
		{DIRTY, OWN_KEYID, SEAM_FINDING_KINDS, true, false},
		{DIRTY, OWN_KEYID - 1, SEAM_WRONG_KEYID, true, true},
		{DIRTY, 31, SEAM_SHARED_KEYID, true, true},
		{DIRTY, 0, SEAM_SHARED_KEYID, true, true},
		{PLAIN, 31, SEAM_SHARED_KEYID, false, false},
		{PLAIN, 32, SEAM_FINDING_KINDS, false, false},
	};
	struct seam_event events[3];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const bool found = rows[i].finding != SEAM_FINDING_KINDS;

		make(rows[i].page);
		own_succeeds(test, SEAM_PHYMEM_PAGE_WBINVD,
			     OWN_HPA(30) | (u64)rows[i].keyid << OWN_ADDRESS_BITS, 0, 0, 0);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, found);
		if (found) {
			KUNIT_EXPECT_EQ(test, last_finding().kind, rows[i].finding);
			KUNIT_EXPECT_EQ(test, last_finding().leaf, SEAM_PHYMEM_PAGE_WBINVD);
			KUNIT_EXPECT_EQ(test, last_finding().hpa, OWN_HPA(30));
		}
		KUNIT_EXPECT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), events, 3),
				found + rows[i].told);
		if (rows[i].told) {
			KUNIT_EXPECT_EQ(test, events[found].kind, SEAM_EVENT_WRITTEN_BACK);
			KUNIT_EXPECT_EQ(test, events[found].leaf, SEAM_PHYMEM_PAGE_WBINVD);
			KUNIT_EXPECT_EQ(test, events[found].detail, rows[i].keyid);
		}
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(30)), rows[i].dirty);
	}
}

static void lines_that_a_cpu_comes_back_with_are_found(struct kunit *test)
{
	static const struct {
		u32 lines, off, written_back, on, findings;
	} turns[] = {
		{1 << 3, 3, 16, 3, 1}, {1 << 3, 3, 3, 3, 0}, {1 << 3, 2, 16, 2, 0},
		{1 << 3, 3, 16, 2, 0}, {3 << 3, 3, 4, 3, 1},
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(turns); i++) {
		make(PLAIN);
		own.model.lps_with_private_lines = turns[i].lines;
		seam_judge_vmx_off(&own.model, turns[i].off);
		if (turns[i].written_back < SEAM_MAX_LPS)
			seam_model_lp_caches_written_back(&own.model, turns[i].written_back);
		seam_judge_vmx_on(&own.model, turns[i].on);
		seam_judge_vmx_on(&own.model, turns[i].on);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, turns[i].findings);
		if (turns[i].findings) {
			KUNIT_EXPECT_EQ(test, last_finding().kind, SEAM_LINES_AT_VMXOFF);
			KUNIT_EXPECT_EQ(test, last_finding().leaf, 0);
			KUNIT_EXPECT_EQ(test, last_finding().hpa, 0);
		}
	}
}

/* More than fit, too: they are counted. */
static void findings_are_recorded_with_all_details(struct kunit *test)
{
	u32 i;

	make(PLAIN);
	seam_judge_preemptible(&own.model, SEAM_SPDM_CREATE, 0x5678);
	KUNIT_EXPECT_EQ(test, last_finding().kind, SEAM_PREEMPTIBLE);
	KUNIT_EXPECT_EQ(test, last_finding().leaf, SEAM_SPDM_CREATE);
	KUNIT_EXPECT_EQ(test, last_finding().rip, 0x5678);
	KUNIT_EXPECT_EQ(test, last_finding().hpa, 0);
	for (i = 1; i < SEAM_MAX_FINDINGS + 2; i++)
		seam_judge_report(&own.model, SEAM_WRONG_AUX, SEAM_SPDM_DELETE, OWN_HPA(i));
	KUNIT_EXPECT_EQ(test, own.model.finding_count, SEAM_MAX_FINDINGS + 2);
	KUNIT_EXPECT_EQ(test, own.model.findings[SEAM_MAX_FINDINGS - 1].hpa,
			OWN_HPA(SEAM_MAX_FINDINGS - 1));
	KUNIT_EXPECT_EQ(test, own.model.findings[0].kind, SEAM_PREEMPTIBLE);
	/* What lies behind the table was not overwritten. */
	KUNIT_EXPECT_EQ(test, own.model.host_reads, 0);
}

static void the_newest_events_of_a_page_are_reported(struct kunit *test)
{
	struct seam_event events[3];
	u32 i;

	make(PLAIN);
	for (i = 0; i < 5; i++) {
		seam_history(&own.model, SEAM_EVENT_TAKEN, 7, OWN_HPA(1), i);
		seam_history(&own.model, SEAM_EVENT_GIVEN_BACK, 8, OWN_HPA(2), i);
	}
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(1), events, 3), 3);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, events[i].detail, 2 + i);
		KUNIT_EXPECT_EQ(test, events[i].kind, SEAM_EVENT_TAKEN);
		KUNIT_EXPECT_EQ(test, events[i].leaf, 7);
		KUNIT_EXPECT_EQ(test, events[i].hpa, OWN_HPA(1));
	}
	KUNIT_EXPECT_EQ(test, seam_judge_history(&own.model, OWN_HPA(3), events, 3), 0);
	/* Until newer events have replaced them. */
	while (own.model.event_count < SEAM_MAX_EVENTS + 9)
		seam_history(&own.model, SEAM_EVENT_FREED, 0, OWN_HPA(4), 0);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(2), events, 3), 1);
	KUNIT_EXPECT_EQ(test, events[0].detail, 4);
	seam_history(&own.model, SEAM_EVENT_FREED, 0, OWN_HPA(4), 9);
	KUNIT_EXPECT_EQ(test, seam_judge_history(&own.model, OWN_HPA(2), events, 3), 0);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(4), events, 1), 1);
	KUNIT_EXPECT_EQ(test, events[0].detail, 9);
	own_build_td(test);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_TDR, events, 3), 1);
	KUNIT_EXPECT_EQ(test, events[0].kind, SEAM_EVENT_TAKEN);
	KUNIT_EXPECT_EQ(test, events[0].leaf, 0);
	KUNIT_EXPECT_EQ(test, events[0].detail, own.model.config.global_keyid);
	/* A changed content is found, too. */
	seam_give_page_back(&own.model, PAGE);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), events, 3), 2);
	KUNIT_EXPECT_EQ(test, events[1].kind, SEAM_EVENT_GIVEN_BACK);
	KUNIT_EXPECT_EQ(test, events[1].leaf, 0);
	KUNIT_EXPECT_EQ(test, events[1].detail, 0);
	KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
}

/* Each kind has a text of its own, and an invalid kind has a text that says so. */
static void each_kind_has_its_text(struct kunit *test)
{
	static const char *const events[] = {
		[SEAM_EVENT_TAKEN] = "taken by the module",
		[SEAM_EVENT_GIVEN_BACK] = "given back by the module",
		[SEAM_EVENT_WRITTEN_BACK] = "written back, KeyID",
		[SEAM_EVENT_CONVERTED] = "converted with MOVDIR64B",
		[SEAM_EVENT_FREED] = "freed by the host",
		[SEAM_EVENT_FINDING] = "finding",
	};
	u32 one, other;

	for (one = 0; one < ARRAY_SIZE(events); one++)
		KUNIT_EXPECT_STREQ(test, seam_event_text(one), events[one]);
	KUNIT_EXPECT_STREQ(test, seam_event_text(one), "?");
	for (one = 0; one < SEAM_FINDING_KINDS; one++)
		for (other = one + 1; other <= SEAM_FINDING_KINDS; other++)
			KUNIT_EXPECT_TRUE(test,
					  strcmp(seam_finding_text(one), seam_finding_text(other)));
	KUNIT_EXPECT_STREQ(test, seam_finding_text(SEAM_FINDING_KINDS), "unknown finding");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_that_the_host_frees_are_judged),
	KUNIT_CASE(only_a_write_to_a_private_page_is_a_finding),
	KUNIT_CASE(a_page_is_converted_with_its_last_line),
	KUNIT_CASE(converting_a_page_of_the_module_is_a_write),
	KUNIT_CASE(the_content_of_each_kind_of_page_is_swept),
	KUNIT_CASE(a_write_back_with_a_wrong_keyid_is_found),
	KUNIT_CASE(lines_that_a_cpu_comes_back_with_are_found),
	KUNIT_CASE(findings_are_recorded_with_all_details),
	KUNIT_CASE(the_newest_events_of_a_page_are_reported),
	KUNIT_CASE(each_kind_has_its_text),
	{},
};

OWN_SUITE("own_model_judge");
