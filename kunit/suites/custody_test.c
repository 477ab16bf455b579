// SPDX-License-Identifier: GPL-2.0
/* Release and leak in each custody: the module's response decides what happens to the pages. */
#include "objects.h"

#define PAGES 16

static void host_pages_are_freed_without_a_seamcall(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, PAGES);

	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, 0);
}

KUNIT_ARRAY_PARAM_DESC(object_kind, object_kinds, name);

/*
 * The pages did come back, only the list was wrong: RDMD of each page shows that. T22, T23 and T29 of
 * docs/defects.md: if the module does not write the list, the list page must not hold what the host
 * wrote there, also while the module owned the pages.
 */
static void a_list_that_does_not_match_is_resolved_page_by_page(struct kunit *test)
{
	static const struct {
		enum seam_bad_response response;
		bool is_filled; /* by the host, while the module owns the pages */
	} rows[] = {
		{SEAM_BAD_SWAPPED_PAGES},
		{SEAM_BAD_SHORT_LIST},
		{SEAM_BAD_FOREIGN_PAGE},
		{SEAM_BAD_KEYID_BITS},
		{SEAM_BAD_STALE_LIST},
		{SEAM_BAD_STALE_LIST, true},
		/* CLEAR returns no address of a list. */
		{SEAM_BAD_OTHER_ROOT},
	};
	const struct object_kind *kind = test->param_value;
	const bool is_iommu = kind->delete_leaf == SEAM_IOMMU_CLEAR;
	u64 questions, write_backs;
	struct object object;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows) - is_iommu; i++) {
		make_object(test, kind, &object);
		if (rows[i].is_filled)
			KUNIT_EXPECT_GT(test, tdx_page_array_populate(object.array, 0), 0);
		questions = seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD);
		write_backs = seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD);
		inject(test,
		       NEXT_CALL(kind->delete_leaf, SEAM_INJECT_BAD_RESPONSE, rows[i].response));
		/* No public source says that TDH.IOMMU.CLEAR writes a list. */
		EXPECT_WARNINGS(test, !is_iommu || rows[i].response != SEAM_BAD_STALE_LIST,
				KUNIT_EXPECT_EQ(test, kind->remove(&object), SEAM_SUCCESS));
		KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), 0);
		KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD),
				    questions + OBJECT_PAGES, "bad response %u", rows[i].response);
		KUNIT_EXPECT_EQ_MSG(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD),
				    write_backs + OBJECT_PAGES, "bad response %u",
				    rows[i].response);
		end_surroundings(&object);
	}
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* The module took the pages before it returned this. If it took none: suite status. */
static const struct unknown {
	const char *name;
	u64 status;
} unknowns[] = {
	{"unknown status", UNKNOWN_STATUS},
	{"fatal status", FATAL_STATUS},
	/* UNINITIALIZE_ERROR looks like the status of a SEAMCALL that was not executed. */
	{"all ones", ~0ULL},
	{"interrupted", SEAM_INTERRUPTED_RESUMABLE},
};

KUNIT_ARRAY_PARAM_DESC(unknown, unknowns, name);

static void after_an_unexpected_status_the_module_is_asked_about_each_page(struct kunit *test)
{
	const struct unknown *unknown = test->param_value;
	struct tdx_page_array *array = make_array(test, PAGES);
	u64 session = 0;

	inject(test, NEXT_CALL(SEAM_SPDM_CREATE, SEAM_INJECT_STATUS_AFTER, unknown->status));
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session), unknown->status);
	KUNIT_EXPECT_EQ(test, session, 0);
	KUNIT_EXPECT_EQ(test, tdx_status_to_errno(tdx_tdh_spdm_create(0, array, &session)), -EBUSY);
	/* No register holds the ID of an object now. */
	expect_refused(test, EINVAL, tdx_tdh_spdm_delete(0, array));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DELETE), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, PAGES);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(host_pages_are_freed_without_a_seamcall),
	KUNIT_CASE_PARAM(a_list_that_does_not_match_is_resolved_page_by_page,
			 object_kind_gen_params),
	KUNIT_CASE_PARAM(after_an_unexpected_status_the_module_is_asked_about_each_page,
			 unknown_gen_params),
	{},
};

TEST_SUITE("custody", harness_init, harness_exit);
