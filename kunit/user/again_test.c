// SPDX-License-Identifier: GPL-2.0
/* The state that a refused or abandoned call leaves to the next call. User space only: needs tdx_core_show(). */
#include "machine.h"
#include "shown.h"

#define ECMD_TIMEOUT 0x80000F5100000000ULL

static void inject_later(struct kunit *test, u16 leaf, u32 nth, u32 times, u64 status)
{
	inject(test, FROM_CALL(leaf, nth, times, SEAM_INJECT_STATUS, status));
}

/* A release that finds one page still owned and stops at the next, BUSY one. */
static struct tdx_page_array *begin_release(struct kunit *test, u64 *iommu)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4);

	set_iommu_pages(4);
	expect_success(test, tdx_tdh_iommu_setup(0xfed90000, array, iommu));
	inject_later(test, SEAM_IOMMU_CLEAR, 1, 1, ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(*iommu, array), ECMD_TIMEOUT);
	inject_later(test, SEAM_PHYMEM_PAGE_RDMD, 2, WRAPPER_TRIES, SEAM_OPERAND_BUSY | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 0);
	return array;
}

static void a_release_after_a_delete_begins_anew(struct kunit *test)
{
	u64 iommu;
	struct tdx_page_array *array = begin_release(test, &iommu);

	expect_success(test, tdx_tdh_iommu_clear(iommu, array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 8);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 8);
}

static void a_release_after_another_delete_in_doubt_begins_anew(struct kunit *test)
{
	u64 iommu;
	struct tdx_page_array *array = begin_release(test, &iommu);

	inject_later(test, SEAM_IOMMU_CLEAR, 1, 1, ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_tdh_iommu_clear(iommu, array), ECMD_TIMEOUT);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, 8);
	seam_emulator_settle();
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 8);
}

static void the_status_that_stopped_a_release_is_the_last_status(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, 3);

	inject_later(test, SEAM_PHYMEM_PAGE_WBINVD, 2, WRAPPER_TRIES, SEAM_OPERAND_BUSY | SEAM_RCX);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), -EBUSY);
	expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1,
		     " custody=\"returned by the TDX module\" owned=0 touched=3 keyid=32 "
		     "handed_over_by=TDH.SPDM.CREATE last_leaf=TDH.PHYMEM.PAGE.WBINVD "
		     "last_status=0x8000020000000001 last_status_name=\"OPERAND_BUSY\" ");
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void no_window_is_left_after_one_that_was_refused(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 600);

	set_ext_pool(600);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 0), 512);
	KUNIT_EXPECT_EQ(test, tdx_page_array_populate(array, 600), -EINVAL);
	expect_refused(test, EINVAL, tdx_tdh_ext_mem_add(array));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	/* A delete leaves no window either: it writes to the list page. */
	array = make_returned(test, 3);
	expect_refused(test, EINVAL, tdx_tdh_ext_mem_add(array));
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

/* After an interruption the TDX module may have kept a part of the window. */
static void a_window_that_is_refused_is_in_doubt_if_it_was_interrupted(struct kunit *test)
{
	static const char *const custody[] = {" custody=\"refused by the TDX module\" ",
					      " custody=\"in doubt\" "};
	struct tdx_page_array *array;
	u32 interrupted;

	set_ext_pool(16);
	for (interrupted = 0; interrupted < 2; interrupted++) {
		array = make_array(test, 8);
		if (interrupted)
			inject(test, NEXT_CALL(SEAM_EXT_MEM_ADD, SEAM_INJECT_INTERRUPT, 3));
		inject_later(test, SEAM_EXT_MEM_ADD, 1 + interrupted, 1,
			     SEAM_OPERAND_INVALID | SEAM_RCX);
		KUNIT_EXPECT_EQ(test, add_window(test, array, 0), SEAM_OPERAND_INVALID | SEAM_RCX);
		expect_shown(test, TDX_CORE_VIEW_ARRAYS, 1, custody[interrupted]);
		KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	}
}

/* As in a release, the TDX module's answer to the delete is believed. */
static void a_leak_of_returned_pages_does_not_ask_again(struct kunit *test)
{
	struct tdx_page_array *array = make_returned(test, 3);

	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(array), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_RDMD), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_PHYMEM_PAGE_WBINVD), 3);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_leak_of_returned_pages_does_not_ask_again),
	KUNIT_CASE(a_release_after_a_delete_begins_anew),
	KUNIT_CASE(a_release_after_another_delete_in_doubt_begins_anew),
	KUNIT_CASE(the_status_that_stopped_a_release_is_the_last_status),
	KUNIT_CASE(no_window_is_left_after_one_that_was_refused),
	KUNIT_CASE(a_window_that_is_refused_is_in_doubt_if_it_was_interrupted),
	{},
};

TEST_SUITE("again", harness_init, harness_exit);
