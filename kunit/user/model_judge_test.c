// SPDX-License-Identifier: GPL-2.0
/* The judge alone: each action of a host on pages of each kind, and what the judge reports. */
#include "own_model.h"

#define PFN(INDEX) (OWN_HPA(INDEX) >> 12)
#define PAGE	   (&own.pages[30])

#define NONE SEAM_FINDING_KINDS

enum {
	PLAIN,
	OWNED,
	DIRTY,
	HELD
};

/* The state of a page when the host acts on it, and what the judge says when the host frees it. */
static const struct kind {
	struct seam_page page;
	bool interesting, private;
	enum seam_finding_kind finding;
} kinds[] = {
	[PLAIN] = {{}, false, false, NONE},
	[OWNED] = {{.entry.type = SEAM_PT_OBJECT}, true, true, SEAM_FREED_OWNED},
	[DIRTY] = {{.dirty.bits = {1ULL << OWN_KEYID}, .dirty_lps = 1},
		   true,
		   true,
		   SEAM_FREED_DIRTY},
	[HELD] = {{.held = true}, true, false, NONE},
	{{.entry.type = SEAM_PT_RSVD}, false, false, NONE},
	{{.pamt = true}, true, true, SEAM_FREED_OWNED},
	{{.unconverted = 1}, true, false, SEAM_FREED_UNCONVERTED},
	{{.flushed = 1}, true, false, NONE},
};

static void make(const struct kind *kind)
{
	own_init();
	own.regions[0].written = true;
	*PAGE = kind->page;
}

/* No finding, or one. */
static void expect_finding(struct kunit *test, enum seam_finding_kind kind, u16 leaf)
{
	const struct seam_finding *found = &own.model.findings[0];

	KUNIT_EXPECT_EQ(test, own.model.finding_count, kind != NONE);
	if (kind == NONE)
		return;
	KUNIT_EXPECT_EQ(test, found->kind, kind);
	KUNIT_EXPECT_EQ(test, found->leaf, leaf);
	KUNIT_EXPECT_EQ(test, found->hpa, OWN_HPA(30));
}

static void expect_event(struct kunit *test, const struct seam_event *event,
			 enum seam_event_kind kind, u16 leaf, u32 detail)
{
	KUNIT_EXPECT_EQ(test, event->kind, kind);
	KUNIT_EXPECT_EQ(test, event->leaf, leaf);
	KUNIT_EXPECT_EQ(test, event->detail, detail);
}

static void pages_that_the_host_frees_are_judged(struct kunit *test)
{
	struct seam_event events[4];
	const struct kind *kind;

	seam_for_each(kind, kinds) {
		make(kind);
		KUNIT_EXPECT_EQ(test, seam_judge_is_interested(&own.model, PFN(30)),
				kind->interesting);
		KUNIT_EXPECT_EQ(test, seam_judge_is_private(&own.model, OWN_HPA(30)),
				kind->private);
		seam_judge_host_frees(&own.model, PFN(29), 1);
		seam_judge_host_frees(&own.model, PFN(31), 4);
		KUNIT_EXPECT_EQ(test, own.model.event_count, 0);
		seam_judge_host_frees(&own.model, PFN(28), 3);
		expect_finding(test, kind->finding, 0);
		KUNIT_EXPECT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), events, 4),
				kind->interesting + own.model.finding_count);
		if (kind->interesting)
			expect_event(test, &events[0], SEAM_EVENT_FREED, 0, 0);
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
	const struct kind *kind;

	seam_for_each(kind, kinds) {
		make(kind);
		seam_judge_host_accesses(&own.model, OWN_HPA(30) + 5, 0x1234, false);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
		KUNIT_EXPECT_EQ(test, seam_judge_host_reads(&own.model), kind->private);
		KUNIT_EXPECT_EQ(test, PAGE->write_seen, false);
		seam_judge_host_accesses(&own.model, OWN_HPA(30) + 5, 0x1234, true);
		KUNIT_EXPECT_EQ(test, seam_judge_host_reads(&own.model), kind->private);
		KUNIT_EXPECT_EQ(test, PAGE->write_seen, kind->private);
		expect_finding(test, kind->private ? SEAM_HOST_WRITE_SEEN : NONE, 0);
		KUNIT_EXPECT_EQ(test, own.model.findings[0].rip, kind->private ? 0x1234 : 0);
	}
	make(&kinds[PLAIN]);
	seam_judge_host_accesses(&own.model, OWN_HPA(OWN_PAGES), 1, true);
	KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
}

/* Each line is converted by itself; a page outside of memory is ignored, and dirty private lines prevent it. */
static void a_page_is_converted_with_its_last_line(struct kunit *test)
{
	struct seam_event event;
	u32 line;

	make(&kinds[PLAIN]);
	PAGE->unconverted = ~0ULL;
	for (line = 0; line < 64; line++) {
		KUNIT_EXPECT_EQ(test, own.model.event_count, 0);
		KUNIT_EXPECT_EQ(test, PAGE->unconverted, ~0ULL << line);
		seam_judge_host_converts(&own.model, OWN_HPA(30) + line * 64);
	}
	KUNIT_EXPECT_EQ(test, PAGE->unconverted, 0);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), &event, 1), 1);
	expect_event(test, &event, SEAM_EVENT_CONVERTED, 0, 0);
	seam_judge_host_converts(&own.model, OWN_HPA(30));
	KUNIT_EXPECT_EQ(test, own.model.event_count, 1);
	seam_judge_host_converts(&own.model, OWN_HPA(OWN_PAGES));

	make(&kinds[DIRTY]);
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
		make(&kinds[OWNED]);
		PAGE->held = held[i];
		seam_scramble(&own.model, PAGE);
		seam_judge_host_converts(&own.model, OWN_HPA(30));
		expect_finding(test, SEAM_HOST_WROTE, 0);
		KUNIT_EXPECT_EQ(test, PAGE->write_seen, !held[i]);
		own_memory[30][100] ^= 1;
		seam_judge_sweep(&own.model);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 1 + held[i]);
		KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
	}
	/* A page that a call is working on, and one without content, are left alone. */
	make(&kinds[OWNED]);
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

/* Pages of the first two types are the host's. */
static void the_content_of_each_kind_of_page_is_swept(struct kunit *test)
{
	static const u8 types[] = {SEAM_PT_NDA,	 SEAM_PT_RSVD,	SEAM_PT_REG, SEAM_PT_TDR,
				   SEAM_PT_TDCX, SEAM_PT_TDVPR, SEAM_PT_EPT, SEAM_PT_OBJECT};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		make(&kinds[HELD]);
		seam_scramble(&own.model, PAGE);
		PAGE->entry.type = types[i];
		seam_judge_sweep(&own.model);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, 0);
		own_memory[30][4095] ^= 0x80;
		seam_judge_sweep(&own.model);
		seam_judge_sweep(&own.model);
		expect_finding(test, i < 2 ? NONE : SEAM_HOST_WROTE, 0);
		KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
	}
}

/* Private KeyIDs begin with 32 here. */
static void a_write_back_with_a_wrong_keyid_is_found(struct kunit *test)
{
	static const struct {
		const struct kind *page;
		u32 keyid;
		enum seam_finding_kind finding;
		bool told, dirty;
	} rows[] = {
		{&kinds[DIRTY], OWN_KEYID, NONE, true, false},
		{&kinds[DIRTY], OWN_KEYID - 1, SEAM_WRONG_KEYID, true, true},
		{&kinds[DIRTY], 31, SEAM_SHARED_KEYID, true, true},
		{&kinds[DIRTY], 0, SEAM_SHARED_KEYID, true, true},
		{&kinds[PLAIN], 31, SEAM_SHARED_KEYID, false, false},
		{&kinds[PLAIN], 32, NONE, false, false},
	};
	struct seam_event events[3];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const bool found = rows[i].finding != NONE;

		make(rows[i].page);
		own_succeeds(test, SEAM_PHYMEM_PAGE_WBINVD,
			     OWN_HPA(30) | (u64)rows[i].keyid << OWN_ADDRESS_BITS);
		expect_finding(test, rows[i].finding, SEAM_PHYMEM_PAGE_WBINVD);
		KUNIT_EXPECT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), events, 3),
				found + rows[i].told);
		if (rows[i].told)
			expect_event(test, &events[found], SEAM_EVENT_WRITTEN_BACK,
				     SEAM_PHYMEM_PAGE_WBINVD, rows[i].keyid);
		KUNIT_EXPECT_EQ(test, seam_model_is_dirty(&own.model, OWN_HPA(30)), rows[i].dirty);
	}
}

/* With its first SEAMCALL, once. */
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
		make(&kinds[PLAIN]);
		own.model.lps_with_private_lines = turns[i].lines;
		seam_judge_vmx_off(&own.model, turns[i].off);
		if (turns[i].written_back < SEAM_MAX_LPS)
			seam_model_lp_caches_written_back(&own.model, turns[i].written_back);
		own_call_on(turns[i].on, SEAM_SYS_RD);
		own_call_on(turns[i].on, SEAM_SYS_RD);
		KUNIT_EXPECT_EQ(test, own.model.finding_count, turns[i].findings);
		if (turns[i].findings)
			KUNIT_EXPECT_EQ(test, own.model.findings[0].kind, SEAM_LINES_AT_VMXOFF);
		KUNIT_EXPECT_EQ(test, own.model.findings[0].leaf, 0);
		KUNIT_EXPECT_EQ(test, own.model.findings[0].hpa, 0);
	}
}

/* Where the module requires a flush, and the judge sees flushes. */
static void a_page_with_lines_of_the_host_is_found(struct kunit *test)
{
	static const struct {
		bool required, seen, flushed, written;
		enum seam_finding_kind finding;
	} rows[] = {
		{true, true, false, false, SEAM_HOST_LINES},
		{true, true, true, true, SEAM_HOST_LINES},
		{true, true, true, false, NONE},
		{false, true, false, false, NONE},
		{true, false, false, false, NONE},
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		make(&kinds[PLAIN]);
		own.model.sees_flushes = rows[i].seen;
		own.model.config.features0 = rows[i].required ? ~0ULL
							      : ~SEAM_FEATURE_CLFLUSH_BEFORE_ALLOC;
		own.model.config.spdm_pages = 1;
		if (rows[i].flushed)
			seam_judge_host_flushes(&own.model, OWN_HPA(30));
		own_memory[30][4095] ^= rows[i].written;
		own_succeeds(test, SEAM_SPDM_CREATE, 0, OWN_HPA(30));
		expect_finding(test, rows[i].finding, SEAM_SPDM_CREATE);
		KUNIT_EXPECT_EQ(test, PAGE->flushed, 0);
	}
}

/* More than fit, too: they are counted. */
static void findings_are_recorded_with_all_details(struct kunit *test)
{
	u32 i;

	make(&kinds[PLAIN]);
	seam_judge_preemptible(&own.model, SEAM_SPDM_CREATE, 0x5678);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].kind, SEAM_PREEMPTIBLE);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].leaf, SEAM_SPDM_CREATE);
	KUNIT_EXPECT_EQ(test, own.model.findings[0].rip, 0x5678);
	for (i = 1; i < SEAM_MAX_FINDINGS + 2; i++)
		seam_judge_report(&own.model, SEAM_WRONG_AUX, SEAM_SPDM_DELETE, OWN_HPA(i));
	KUNIT_EXPECT_EQ(test, own.model.finding_count, SEAM_MAX_FINDINGS + 2);
	KUNIT_EXPECT_EQ(test, own.model.findings[SEAM_MAX_FINDINGS - 1].hpa,
			OWN_HPA(SEAM_MAX_FINDINGS - 1));
	/* What lies behind the table was not overwritten. */
	KUNIT_EXPECT_EQ(test, own.model.host_reads, 0);
}

static void the_newest_events_of_a_page_are_reported(struct kunit *test)
{
	struct seam_event events[3];
	u32 i;

	make(&kinds[PLAIN]);
	for (i = 0; i < 5; i++) {
		seam_history(&own.model, SEAM_EVENT_TAKEN, 7, OWN_HPA(1), i);
		seam_history(&own.model, SEAM_EVENT_GIVEN_BACK, 8, OWN_HPA(2), i);
	}
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(1), events, 3), 3);
	for (i = 0; i < 3; i++) {
		expect_event(test, &events[i], SEAM_EVENT_TAKEN, 7, 2 + i);
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
	/* A changed content is found, too. */
	seam_give_page_back(&own.model, PAGE);
	KUNIT_ASSERT_EQ(test, seam_judge_history(&own.model, OWN_HPA(30), events, 3), 2);
	expect_event(test, &events[1], SEAM_EVENT_GIVEN_BACK, 0, 0);
	KUNIT_EXPECT_EQ(test, own_locks_held(), 0);
}

/* The checksum covers this page alone; after the module has written it, the judge reports a write again. */
static void the_content_of_a_page_is_its_own(struct kunit *test)
{
	u32 sum;

	make(&kinds[PLAIN]);
	PAGE->write_seen = true;
	seam_scramble(&own.model, PAGE);
	KUNIT_EXPECT_EQ(test, PAGE->write_seen, false);
	sum = seam_content_sum(&own.model, PAGE);
	KUNIT_EXPECT_NE(test, sum, 0);
	/* The module writes something else each time. */
	seam_scramble(&own.model, PAGE);
	KUNIT_EXPECT_NE(test, seam_content_sum(&own.model, PAGE), sum);
	sum = seam_content_sum(&own.model, PAGE);
	KUNIT_EXPECT_EQ(test, own_memory[31][0], 0);
	own_memory[31][0] = own_memory[29][4095] = 1;
	KUNIT_EXPECT_EQ(test, seam_content_sum(&own.model, PAGE), sum);
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, PAGE), true);
	own_memory[30][4095] ^= 1;
	KUNIT_EXPECT_NE(test, seam_content_sum(&own.model, PAGE), sum);
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, PAGE), false);
	own_memory[30][4095] ^= 1;
	own_memory[30][0] ^= 1;
	KUNIT_EXPECT_EQ(test, seam_scramble_intact(&own.model, PAGE), false);
}

/* Each kind has a text of its own, and an invalid kind has a text that says so. */
static void each_kind_has_its_text(struct kunit *test)
{
	u32 one, other;

	for (one = 0; one <= SEAM_FINDING_KINDS; one++)
		for (other = 0; other < one; other++)
			KUNIT_EXPECT_TRUE(test,
					  strcmp(seam_finding_text(one), seam_finding_text(other)));
	for (one = 0; one <= SEAM_EVENT_FINDING + 1; one++)
		for (other = 0; other < one; other++)
			KUNIT_EXPECT_TRUE(test,
					  strcmp(seam_event_text(one), seam_event_text(other)));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_that_the_host_frees_are_judged),
	KUNIT_CASE(only_a_write_to_a_private_page_is_a_finding),
	KUNIT_CASE(a_page_is_converted_with_its_last_line),
	KUNIT_CASE(converting_a_page_of_the_module_is_a_write),
	KUNIT_CASE(the_content_of_each_kind_of_page_is_swept),
	KUNIT_CASE(a_write_back_with_a_wrong_keyid_is_found),
	KUNIT_CASE(lines_that_a_cpu_comes_back_with_are_found),
	KUNIT_CASE(a_page_with_lines_of_the_host_is_found),
	KUNIT_CASE(findings_are_recorded_with_all_details),
	KUNIT_CASE(the_newest_events_of_a_page_are_reported),
	KUNIT_CASE(the_content_of_a_page_is_its_own),
	KUNIT_CASE(each_kind_has_its_text),
	{},
};

OWN_SUITE("own_model_judge");
