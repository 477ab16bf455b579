// SPDX-License-Identifier: GPL-2.0
/* The metadata of an IOMMU, two queues and single pages: hand-over and return. */
#include "harness.h"

#define UNIT	    0xfed90000ULL
#define QUEUE_ORDER 1 /* the size of a queue that the model requires */
#define QUEUE_PAGES (1 << QUEUE_ORDER)
#define MT_PAGES    4
#define PAGES	    (2 * QUEUE_PAGES + MT_PAGES)

static struct tdx_page_array *make_metadata(struct kunit *test)
{
	return make_iommu_mt(test, QUEUE_ORDER, MT_PAGES);
}

/* An IOMMU in TDX mode. */
static struct tdx_page_array *make_unit(struct kunit *test, u64 *unit)
{
	struct tdx_page_array *array = make_metadata(test);

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

static void queues_of_a_size_that_the_module_does_not_want_are_refused_and_freed(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 2, MT_PAGES);
	u64 unit = 0x5a5a;

	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_setup(UNIT, array, &unit),
			SEAM_OPERAND_INVALID | SEAM_RDX);
	KUNIT_EXPECT_EQ(test, unit, 0x5a5a);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 2 * 4 + MT_PAGES);
}

static const unsigned int steps[] = {1, 3, 7};

static void describe_step(const unsigned int *step, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "every %u pages", *step);
}
KUNIT_ARRAY_PARAM(step, steps, describe_step);

/* The judge would report a resumption with other inputs than those of the first call. */
static void setup_and_clear_resume_with_identical_inputs(struct kunit *test)
{
	const unsigned int step = *(const unsigned int *)test->param_value;
	struct tdx_page_array *array = make_metadata(test);
	u64 unit;

	set_interrupt_every(step);
	assert_success(test, tdx_tdh_iommu_setup(UNIT, array, &unit));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IOMMU_SETUP), DIV_ROUND_UP(PAGES, step));
	end_iommu(test, unit, array);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_IOMMU_CLEAR), DIV_ROUND_UP(PAGES, step));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
}

/* @leaf is interrupted once, after three pages, and its resumption is refused. */
static void plan_interruption_and_refusal(struct kunit *test, u16 leaf)
{
	inject(test, NEXT_CALL(leaf, SEAM_INJECT_INTERRUPT, 3));
	inject(test, NTH_CALL(leaf, 2, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID | SEAM_RCX));
}

static void a_clear_that_fails_after_an_interruption_can_be_made_again(struct kunit *test)
{
	u64 unit;
	struct tdx_page_array *array = make_unit(test, &unit);

	plan_interruption_and_refusal(test, SEAM_IOMMU_CLEAR);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(unit, array), SEAM_OPERAND_INVALID | SEAM_RCX);
	end_iommu(test, unit, array);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
}

static void a_clear_that_fails_after_an_interruption_leaves_the_pages_in_doubt(struct kunit *test)
{
	u64 unit;
	struct tdx_page_array *array = make_unit(test, &unit);

	plan_interruption_and_refusal(test, SEAM_IOMMU_CLEAR);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(unit, array), SEAM_OPERAND_INVALID | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), PAGES);
	empty_quarantine(test);
}

/* The module released all pages before the timeout: RDMD shows that. */
static void a_clear_that_timed_out_is_resolved_page_by_page(struct kunit *test)
{
	u64 unit;
	struct tdx_page_array *array = make_unit(test, &unit);

	inject(test,
	       NEXT_CALL(SEAM_IOMMU_CLEAR, SEAM_INJECT_STATUS_AFTER, SEAM_IOMMU_ECMD_TIMEOUT));
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(unit, array), SEAM_IOMMU_ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
}

static void a_clear_that_timed_out_can_be_made_again(struct kunit *test)
{
	u64 unit;
	struct tdx_page_array *array = make_unit(test, &unit);

	answer_next(test, SEAM_IOMMU_CLEAR, SEAM_IOMMU_ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(unit, array), SEAM_IOMMU_ECMD_TIMEOUT);
	end_iommu(test, unit, array);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_module_sees_one_entry_for_each_queue_and_for_each_single_page,
			 shape_gen_params),
	KUNIT_CASE(queues_of_a_size_that_the_module_does_not_want_are_refused_and_freed),
	KUNIT_CASE_PARAM(setup_and_clear_resume_with_identical_inputs, step_gen_params),
	KUNIT_CASE(a_clear_that_fails_after_an_interruption_can_be_made_again),
	KUNIT_CASE(a_clear_that_fails_after_an_interruption_leaves_the_pages_in_doubt),
	KUNIT_CASE(a_clear_that_timed_out_is_resolved_page_by_page),
	KUNIT_CASE(a_clear_that_timed_out_can_be_made_again),
	{},
};

TEST_SUITE("iommus", harness_init, harness_exit);
