// SPDX-License-Identifier: GPL-2.0
/* The meaning of each class of completion statuses: for pages that are handed over, and for one page that comes back. */
#include "raw.h"
#include "td.h"

#define PAGES 4

#define ERROR	    (1ULL << 63)
#define RECOVERABLE (1ULL << 62)
#define FATAL	    (1ULL << 61)

/* A status of the class with an unused code. */
static u64 status_of(u32 class, u64 bits)
{
	return bits | (u64) class << 40 | 0x7FULL << 32;
}

static bool is_class_of_refusals(u32 class)
{
	static const u8 classes[] = {1, 2, 3, 4, 5, 6, 7, 8, 0xC, 0xF};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i] == class)
			return true;
	return false;
}

/* After a refusal the pages are written back; after any other failure RDMD of each page comes first. */
static void expect_outcome(struct kunit *test, u64 status, bool is_refusal)
{
	struct tdx_page_array *array = make_array(test, PAGES);
	const u64 asked = seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD);
	const u64 written = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);
	u64 session;

	answer_next(test, SEAM_SPDM_CREATE, status);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), status);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD) - asked,
			    is_refusal ? 0 : PAGES, "status %#llx", status);
	KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD) - written, PAGES,
			    "status %#llx", status);
}

static void each_class_is_a_refusal_or_leaves_pages_in_doubt(struct kunit *test)
{
	u32 class;

	for (class = 0; class < 0x20; class ++) {
		const bool is_refusal = is_class_of_refusals(class);

		expect_outcome(test, status_of(class, ERROR), is_refusal);
		expect_outcome(test, status_of(class, ERROR | RECOVERABLE), is_refusal);
		expect_outcome(test, status_of(class, ERROR | FATAL), false);
		expect_outcome(test, status_of(class, 0), false);
	}
}

/*
 * The TDX module already owns the last of three pages. It has written to the pages before it when it detects that, whether
 * it keeps them or not.
 */
static void pages_of_a_list_that_is_refused_late_are_written_back(struct kunit *test)
{
	struct page *pages[3];
	struct tdx_page_array *array;
	u64 owner, session;
	u32 i;

	pages[2] = raw_hand_over(test, &owner);
	for (i = 0; i < 2; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
	array = tdx_page_array_adopt(pages, ARRAY_SIZE(pages));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	set_spdm_pages(ARRAY_SIZE(pages));
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session),
			SEAM_PAGE_METADATA_INCORRECT | SEAM_RDX);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_TRUE(test, seam_emulator_is_dirty(page_to_phys(pages[i])));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, seam_emulator_is_dirty(page_to_phys(pages[i])),
				since_start(test).quarantined == 3);
	empty_quarantine(test);
	for (i = 0; i < 3; i++)
		__free_page(pages[i]);
}

/* The leaves for one page that comes back. */
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
		subject->array = make_session(test, PAGES, &session);
		expect_success(test, tdx_tdh_spdm_delete(session, subject->array));
	}
}

static void finish(struct kunit *test, u16 leaf, const struct subject *subject)
{
	if (leaf == SEAM_PHYMEM_PAGE_RECLAIM)
		td_release(test, &subject->td);
}

static void plan(struct kunit *test, u16 leaf, u64 status, u32 times)
{
	inject(test, FROM_CALL(leaf, 2, times, SEAM_INJECT_STATUS, status));
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
			plan(test, leaf, statuses[i], times);
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
		plan(test, leaf, statuses[i], 1);
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

static void two_statuses_mean_that_the_td_still_exists(struct kunit *test)
{
	static const u64 statuses[] = {SEAM_LIFECYCLE_STATE_INCORRECT,
				       SEAM_TD_ASSOCIATED_PAGES_EXIST};
	struct subject subject;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		prepare(test, SEAM_PHYMEM_PAGE_RECLAIM, &subject);
		plan(test, SEAM_PHYMEM_PAGE_RECLAIM, statuses[i], 1);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(subject.array), -EBUSY);
		KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 0);
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(subject.array), 0);
		finish(test, SEAM_PHYMEM_PAGE_RECLAIM, &subject);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_class_is_a_refusal_or_leaves_pages_in_doubt),
	KUNIT_CASE(pages_of_a_list_that_is_refused_late_are_written_back),
	KUNIT_CASE_PARAM(a_call_with_a_transient_status_is_repeated, leaf_gen_params),
	KUNIT_CASE_PARAM(a_call_with_a_final_status_is_not_repeated, leaf_gen_params),
	KUNIT_CASE(two_statuses_mean_that_the_td_still_exists),
	{},
};

TEST_SUITE("status", harness_init, harness_exit);
