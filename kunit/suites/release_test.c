// SPDX-License-Identifier: GPL-2.0
/*
 * The leaves for one page that comes back: which statuses are tried again, put the page into the quarantine, or stop the
 * release. Then nothing is freed, and the next release continues with the page where this one stopped.
 */
#include "harness.h"
#include "td.h"

#define PAGES 4

static const u16 leaves[] = {SEAM_PHYMEM_PAGE_WBINVD, SEAM_PHYMEM_PAGE_RDMD,
			     SEAM_PHYMEM_PAGE_RECLAIM};
KUNIT_ARRAY_PARAM(leaf, leaves, describe_leaf);

/* An array whose release issues the leaf for each page, and its TD for RECLAIM. */
struct subject {
	struct tdx_page_array *array;
	struct td td;
};

static void prepare(struct kunit *test, u16 leaf, struct subject *subject)
{
	u64 session;

	switch (leaf) {
	case SEAM_PHYMEM_PAGE_RECLAIM:
		subject->array = make_array(test, PAGES);
		subject->td = td_make(test, TD_KEYID);
		td_add_all(test, &subject->td, subject->array);
		td_tear_down(test, &subject->td);
		break;
	case SEAM_PHYMEM_PAGE_RDMD:
		subject->array = make_array(test, PAGES);
		answer_next(test, SEAM_SPDM_CREATE, UNKNOWN_STATUS);
		KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, subject->array, &session),
				UNKNOWN_STATUS);
		break;
	default:
		subject->array = make_returned(test, PAGES);
	}
}

static void finish(struct kunit *test, u16 leaf, const struct subject *subject)
{
	if (leaf == SEAM_PHYMEM_PAGE_RECLAIM)
		td_release(test, &subject->td);
}

/* The call succeeds when it is repeated. */
static void a_call_with_a_transient_status_is_repeated(struct kunit *test)
{
	static const u64 statuses[] = {SEAM_OPERAND_BUSY | SEAM_RCX, SEAM_SYS_BUSY,
				       SEAM_INTERRUPTED_BUSY, SEAM_RND_NO_ENTROPY};
	const u16 leaf = *(const u16 *)test->param_value;
	struct subject subject;
	u32 i, times;
	u64 calls;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		for (times = 1; times < WRAPPER_TRIES; times += WRAPPER_TRIES - 2) {
			prepare(test, leaf, &subject);
			calls = seam_emulator_calls(leaf);
			inject(test, FROM_CALL(leaf, 2, times, SEAM_INJECT_STATUS, statuses[i]));
			KUNIT_EXPECT_EQ_MSG(test, tdx_page_array_release(subject.array), 0,
					    "status %#llx", statuses[i]);
			KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(leaf) - calls, PAGES + times,
					    "status %#llx", statuses[i]);
			finish(test, leaf, &subject);
		}
}

/* One call for each page; only the page of the failed call stays in quarantine. */
static void a_call_with_a_final_status_is_not_repeated(struct kunit *test)
{
	static const u64 statuses[] = {
		SEAM_INTERRUPTED_RESUMABLE,
		SEAM_INVALID_RESUMPTION,
		SEAM_OPERAND_INVALID | SEAM_RCX,
		/* The status for no entropy has no details. */
		SEAM_RND_NO_ENTROPY | 1,
		SEAM_PAGE_METADATA_INCORRECT | SEAM_RCX,
		SEAM_TD_FATAL,
		/* Neither error nor success. */
		0x0000030100000000ULL,
		UNKNOWN_STATUS,
		~0ULL,
	};
	const u16 leaf = *(const u16 *)test->param_value;
	struct subject subject;
	u64 calls, freed;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		prepare(test, leaf, &subject);
		calls = seam_emulator_calls(leaf);
		freed = since_start(test).freed;
		inject(test, NTH_CALL(leaf, 2, SEAM_INJECT_STATUS, statuses[i]));
		kunit_warning_suppress(test) {
			KUNIT_EXPECT_EQ_MSG(test, tdx_page_array_release(subject.array), -EUCLEAN,
					    "status %#llx", statuses[i]);
			/* A refused write-back of a returned page is a bug and warns. */
			KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test,
							      leaf == SEAM_PHYMEM_PAGE_WBINVD);
		}
		KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(leaf) - calls, PAGES, "status %#llx",
				    statuses[i]);
		KUNIT_EXPECT_EQ(test, since_start(test).freed - freed, PAGES - 1);
		KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
		KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 1);
		finish(test, leaf, &subject);
	}
}

/* Why a leaf for one page has no result, and what release returns then. */
static const struct stop {
	const char *name;
	unsigned int kind;
	u64 value;
	u32 times;
	int error;
	u16 only; /* of this leaf */
} stops[] = {
	{"VMfailInvalid", SEAM_INJECT_VMFAILINVALID, 0, 1, -EAGAIN},
	{"SEAMRR is off", SEAM_INJECT_GP, 0, 1, -EAGAIN},
	{"VMX is off", SEAM_INJECT_UD, 0, 1, -EAGAIN},
	{"no entropy", SEAM_INJECT_STATUS, SEAM_RND_NO_ENTROPY, WRAPPER_TRIES, -EAGAIN},
	{"shut down", SEAM_INJECT_STATUS, SEAM_SYS_SHUTDOWN, 1, -EAGAIN},
	{"not ready", SEAM_INJECT_STATUS, SEAM_SYS_NOT_READY, 1, -EAGAIN},
	{"not initialised on this CPU", SEAM_INJECT_STATUS, SEAM_SYS_LP_INIT_NOT_DONE, 1, -EAGAIN},
	{"busy page", SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY | SEAM_RCX, WRAPPER_TRIES, -EBUSY},
	{"busy module", SEAM_INJECT_STATUS, SEAM_SYS_BUSY, WRAPPER_TRIES, -EBUSY},
	{"interrupted while busy", SEAM_INJECT_STATUS, SEAM_INTERRUPTED_BUSY, WRAPPER_TRIES,
	 -EBUSY},
	{"the TD is not torn down", SEAM_INJECT_STATUS, SEAM_LIFECYCLE_STATE_INCORRECT, 1, -EBUSY,
	 SEAM_PHYMEM_PAGE_RECLAIM},
	{"the TD has other pages", SEAM_INJECT_STATUS, SEAM_TD_ASSOCIATED_PAGES_EXIST, 1, -EBUSY,
	 SEAM_PHYMEM_PAGE_RECLAIM},
};

/* It stops at page @nth, beginning with 1, and issues the leaf once for each page. */
static void stop_and_go_on(struct kunit *test, u16 leaf, const struct stop *stop, u32 nth)
{
	struct tdx_page_array_counters before, stopped;
	struct subject subject;
	u64 calls;

	prepare(test, leaf, &subject);
	before = since_start(test);
	calls = seam_emulator_calls(leaf);
	inject(test, FROM_CALL(leaf, nth, stop->times, stop->kind, stop->value));
	KUNIT_EXPECT_EQ_MSG(test, tdx_page_array_release(subject.array), stop->error, "%s",
			    stop->name);
	stopped = since_start(test);
	KUNIT_EXPECT_EQ(test, stopped.in_arrays, before.in_arrays);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(leaf) - calls, nth - 1 + stop->times);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(subject.array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, before.freed + PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(leaf) - calls, PAGES + stop->times);
	finish(test, leaf, &subject);
}

static void a_release_goes_on_from_where_it_stopped(struct kunit *test)
{
	const u16 leaf = *(const u16 *)test->param_value;
	u32 i, nth;

	for (i = 0; i < ARRAY_SIZE(stops); i++)
		for (nth = 1; nth <= PAGES; nth += PAGES - 1)
			if (!stops[i].only || stops[i].only == leaf)
				stop_and_go_on(test, leaf, &stops[i], nth);
}

/* It is reclaimed once. */
static void a_tdr_that_was_reclaimed_only_has_to_be_written_back(struct kunit *test)
{
	struct td td = td_make(test, TD_KEYID);

	td_tear_down(test, &td);
	inject(test, NEXT_CALL(SEAM_PHYMEM_PAGE_WBINVD, SEAM_INJECT_VMFAILINVALID, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(td.tdr), -EAGAIN);
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 1);
	td_release(test, &td);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RECLAIM), 1);
}

/* The first page of the array is refused, the second one is written back, the third one stops the release. */
static struct tdx_page_array *begin_release(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, PAGES);
	const u16 leaf = SEAM_PHYMEM_PAGE_WBINVD;

	inject(test, NEXT_CALL(leaf, SEAM_INJECT_STATUS, UNKNOWN_STATUS));
	inject(test, NTH_CALL(leaf, 3, SEAM_INJECT_VMFAILINVALID, 0));
	EXPECT_WARNINGS(test, 1, KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EAGAIN));
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, PAGES);
	return array;
}

/* Only some pages are written back: the array cannot become a new object. The refusal is remembered. */
static void an_array_whose_release_has_begun_is_not_handed_over(struct kunit *test)
{
	struct tdx_page_array *array = begin_release(test);
	const u64 calls = since_start(test).seamcalls;
	u64 session;

	expect_refused(test, EBUSY, tdx_tdh_spdm_create(0, array, &session));
	expect_refused(test, EBUSY, add_window(test, array, 0));
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, calls);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 1);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES - 1);
	empty_quarantine(test);
}

/* Leak does not wait: it frees the pages that are safe, and puts the others in quarantine. */
static void leak_ends_what_a_release_began(struct kunit *test)
{
	struct tdx_page_array *array = begin_release(test);

	inject(test, NTH_CALL(SEAM_PHYMEM_PAGE_WBINVD, 2, SEAM_INJECT_VMFAILINVALID, 0));
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 2);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES - 2);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_call_with_a_transient_status_is_repeated, leaf_gen_params),
	KUNIT_CASE_PARAM(a_call_with_a_final_status_is_not_repeated, leaf_gen_params),
	KUNIT_CASE_PARAM(a_release_goes_on_from_where_it_stopped, leaf_gen_params),
	KUNIT_CASE(a_tdr_that_was_reclaimed_only_has_to_be_written_back),
	KUNIT_CASE(an_array_whose_release_has_begun_is_not_handed_over),
	KUNIT_CASE(leak_ends_what_a_release_began),
	{},
};

TEST_SUITE("release", harness_init, harness_exit);
