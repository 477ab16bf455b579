// SPDX-License-Identifier: GPL-2.0
/* Defects of the posted series when pages come back, or do not (docs/defects.md). */
#include "objects.h"

KUNIT_ARRAY_PARAM_DESC(object_kind, object_kinds, name);

/* T17 and T18 of docs/defects.md: registers of a DELETE that failed are not outputs. */
static void registers_of_a_failed_delete_are_not_outputs(struct kunit *test)
{
	struct object object;

	make_object(test, test->param_value, &object);
	inject(test,
	       NEXT_CALL(object.kind->delete_leaf, SEAM_INJECT_OUTPUTS, SEAM_SPDM_INVALID_STATE));
	KUNIT_EXPECT_EQ(test, object.kind->remove(&object), SEAM_SPDM_INVALID_STATE);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), -EBUSY);
	expect_success(test, object.kind->remove(&object));
	end_object(&object);
}

/*
 * T19 of docs/defects.md: the queues of an IOMMU are two pages in one entry. T29: the list is filled
 * anew while the module owns the pages. T30: the judge compares the KeyID of each write-back.
 */
static void every_page_of_an_object_is_written_back(struct kunit *test)
{
	struct object object;
	u64 pages[OBJECT_PAGES];
	unsigned int i;

	make_object(test, test->param_value, &object);
	for (i = 0; i < OBJECT_PAGES; i++)
		pages[i] = hpa_of(test, object.array, i);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(object.array, 1),
			object.kind->create_leaf == SEAM_IOMMU_SETUP ? OBJECT_PAGES - 3
								     : OBJECT_PAGES - 1);
	expect_success(test, object.kind->remove(&object));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), OBJECT_PAGES);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	for (i = 0; i < OBJECT_PAGES; i++)
		KUNIT_EXPECT_FALSE(test, seam_emulator_is_dirty(pages[i]));
	end_surroundings(&object);
}

/* T24 of docs/defects.md: the list is correct, but the module keeps the pages. */
static void pages_that_stay_despite_a_correct_list_are_not_freed(struct kunit *test)
{
	struct object object;

	make_object(test, test->param_value, &object);
	inject(test,
	       NEXT_CALL(object.kind->delete_leaf, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_KEEPS_PAGES));
	expect_success(test, object.kind->remove(&object));
	EXPECT_WARNINGS(test, OBJECT_PAGES,
			KUNIT_EXPECT_EQ(test, tdx_page_array_release(object.array), -EUCLEAN));
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, OBJECT_PAGES);
	/* While the module owns the pages, a retry frees none. */
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	end_surroundings(&object);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* T26 of docs/defects.md: put in quarantine once, and freed once after the module released them. */
static void pages_of_an_object_that_cannot_be_deleted_are_given_up_once(struct kunit *test)
{
	struct object object;

	make_object(test, test->param_value, &object);
	answer_next(test, object.kind->delete_leaf, FATAL_STATUS);
	KUNIT_EXPECT_EQ(test, object.kind->remove(&object), FATAL_STATUS);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(object.array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, OBJECT_PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).kept, 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 0);
	end_surroundings(&object);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, since_start(test).taken);
}

/* T26 of docs/defects.md: a stream that was not blocked cannot be deleted either. */
static void pages_of_a_stream_that_cannot_be_blocked_stay_the_modules(struct kunit *test)
{
	struct object stream;

	make_object(test, &object_kinds[1], &stream);
	answer_next(test, SEAM_IDE_STREAM_BLOCK, UNKNOWN_STATUS);
	KUNIT_EXPECT_EQ(test, stream.kind->remove(&stream), SEAM_IDE_STREAM_NOT_BLOCKED | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(stream.array), -EBUSY);
	expect_success(test, stream.kind->remove(&stream));
	end_object(&stream);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(registers_of_a_failed_delete_are_not_outputs, object_kind_gen_params),
	KUNIT_CASE_PARAM(every_page_of_an_object_is_written_back, object_kind_gen_params),
	KUNIT_CASE_PARAM(pages_that_stay_despite_a_correct_list_are_not_freed,
			 object_kind_gen_params),
	KUNIT_CASE_PARAM(pages_of_an_object_that_cannot_be_deleted_are_given_up_once,
			 object_kind_gen_params),
	KUNIT_CASE(pages_of_a_stream_that_cannot_be_blocked_stay_the_modules),
	{},
};

TEST_SUITE("defects_release", harness_init, harness_exit);
