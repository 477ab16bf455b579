// SPDX-License-Identifier: GPL-2.0
/* The metadata of an IOMMU, two queues and single pages: hand-over and return. */
#include "harness.h"

#define UNIT	    0xfed90000ULL
#define QUEUE_ORDER 1 /* the size of a queue that the model requires */
#define QUEUE_PAGES (1 << QUEUE_ORDER)
#define MT_PAGES    4
#define PAGES	    (2 * QUEUE_PAGES + MT_PAGES)

/* An IOMMU in TDX mode. */
static struct tdx_page_array *make_unit(struct kunit *test, u64 *unit)
{
	struct tdx_page_array *array = make_iommu_mt(test, QUEUE_ORDER, MT_PAGES);

	assert_success(test, tdx_tdh_iommu_setup(UNIT, array, unit));
	return array;
}

struct shape {
	unsigned int order;
	unsigned int singles;
};

static const struct shape shapes[] = {{0, 1}, {0, 510}, {1, 4}, {2, 5}, {4, 510}};

static void describe_shape(const struct shape *shape, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "queues of order %u and %u pages",
		 shape->order, shape->singles);
}
KUNIT_ARRAY_PARAM(shape, shapes, describe_shape);

/*
 * The model requires queues of two pages and refuses others, but reads the list before: one entry
 * for each queue, with its number of pages unless that is one.
 */
static void the_module_sees_one_entry_for_each_queue_and_for_each_single_page(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct tdx_page_array *array = make_iommu_mt(test, shape->order, shape->singles);
	const unsigned int queue = 1U << shape->order;
	const u64 count = queue > 1 ? queue : 0;
	const u64 *list;
	unsigned int i;
	u64 unit;

	answer_next(test, SEAM_IOMMU_SETUP, SEAM_OPERAND_INVALID | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(UNIT, array, &unit),
			SEAM_OPERAND_INVALID | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IOMMU_SETUP, SEAM_RCX), UNIT);
	list = phys_to_virt(last_register(SEAM_IOMMU_SETUP, SEAM_RDX));
	KUNIT_ASSERT_TRUE(test, IS_ALIGNED((unsigned long)list, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, list[0], hpa_of(test, array, 0) | count);
	KUNIT_EXPECT_EQ(test, list[1], hpa_of(test, array, queue) | count);
	for (i = 0; i < shape->singles; i++)
		KUNIT_ASSERT_EQ(test, list[2 + i], hpa_of(test, array, 2 * queue + i));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* How a CLEAR can end that released no page, or all of them. */
static const struct failure {
	const char *name;
	bool interrupted; /* after three pages; then the resumption fails */
	bool executed;
	u64 status;
} failures[] = {
	{"refused after an interruption", true, false, SEAM_OPERAND_INVALID | SEAM_RCX},
	{"timed out", false, false, SEAM_IOMMU_ECMD_TIMEOUT},
	{"timed out, but executed", false, true, SEAM_IOMMU_ECMD_TIMEOUT},
};
KUNIT_ARRAY_PARAM_DESC(failure, failures, name);

static struct tdx_page_array *fail_to_clear(struct kunit *test, u64 *unit)
{
	const struct failure *failure = test->param_value;
	struct tdx_page_array *array = make_unit(test, unit);

	if (failure->interrupted)
		inject(test, NEXT_CALL(SEAM_IOMMU_CLEAR, SEAM_INJECT_INTERRUPT, 3));
	inject(test, NTH_CALL(SEAM_IOMMU_CLEAR, 1 + failure->interrupted,
			      failure->executed ? SEAM_INJECT_STATUS_AFTER : SEAM_INJECT_STATUS,
			      failure->status));
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(*unit, array), failure->status);
	return array;
}

/* RDMD shows whether the module released the pages. */
static void pages_of_a_failed_clear_are_in_doubt_until_it_is_made_again(struct kunit *test)
{
	const struct failure *failure = test->param_value;
	struct tdx_page_array *array;
	u64 unit, before;

	if (!failure->executed) {
		array = fail_to_clear(test, &unit);
		end_iommu(test, unit, array);
		KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	}
	before = since_start(test).freed;
	array = fail_to_clear(test, &unit);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), failure->executed ? 0 : -EUCLEAN);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed - before, failure->executed ? PAGES : 0);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_module_sees_one_entry_for_each_queue_and_for_each_single_page,
			 shape_gen_params),
	KUNIT_CASE_PARAM(pages_of_a_failed_clear_are_in_doubt_until_it_is_made_again,
			 failure_gen_params),
	{},
};

TEST_SUITE("iommus", harness_init, harness_exit);
