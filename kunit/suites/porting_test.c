// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that was written for the second posted version, on this module: with the names and
 * sequences of that version no page is lost (docs/porting.md).
 */
#include <linux/xarray.h>

#include "harness.h"
#include "tdx_page_array_v2.h"

#define PAGES	    4
#define QUEUE_ORDER 1
#define IOMMU_PAGES (4 + PAGES) /* with its two queues */
#define REG_BASE    0xfed90000ULL

/* The driver's data of the session of a link. */
struct link {
	u64 spdm_id;
	struct tdx_page_array *spdm_mt;
};

/* If CREATE fails, the array is freed at the end of its scope. */
static int driver_create_session(struct link *link)
{
	struct tdx_page_array *spdm_mt __free(tdx_page_array_free) = tdx_page_array_create(PAGES);

	if (!spdm_mt)
		return -ENOMEM;
	if (tdh_spdm_create(0x0100, spdm_mt, &link->spdm_id))
		return -EFAULT;
	link->spdm_mt = no_free_ptr(spdm_mt);
	return 0;
}

/* If DELETE or the release fails, the array is leaked. */
static void driver_delete_session(struct link *link)
{
	unsigned int nr_released = 0;
	u64 released_hpa = 0;

	if (tdh_spdm_delete(link->spdm_id, link->spdm_mt, &nr_released, &released_hpa) ||
	    tdx_page_array_ctrl_release(link->spdm_mt, nr_released, released_hpa))
		tdx_page_array_ctrl_leak(link->spdm_mt);
}

struct outcome {
	const char *name;
	u16 leaf;
	unsigned int kind;
	u64 value;
	bool fails; /* the creation fails */
	bool stays; /* the pages stay in quarantine */
	u32 warnings;
};

static const struct outcome outcomes[] = {
	{"nothing fails", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY},
	{"CREATE refused", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID, true},
	{"CREATE not run", SEAM_SPDM_CREATE, SEAM_INJECT_VMFAILINVALID, 0, true},
	{"CREATE unknown", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, UNKNOWN_STATUS, true},
	{"CREATE unknown, done", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, true,
	 true},
	{"DELETE refused", SEAM_SPDM_DELETE, SEAM_INJECT_STATUS, SEAM_SPDM_INVALID_STATE, false,
	 true},
	{"DELETE not run", SEAM_SPDM_DELETE, SEAM_INJECT_UD, 0, false, true},
	{"DELETE unknown, done", SEAM_SPDM_DELETE, SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS},
	/* SUCCESS, but the list is wrong, or the module keeps the pages. */
	{"DELETE without a list", SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_STALE_LIST,
	 false, false, 1},
	{"DELETE of no page", SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_KEEPS_PAGES,
	 false, true, PAGES},
};

KUNIT_ARRAY_PARAM_DESC(outcome, outcomes, name);

static void the_posted_way_through_a_session_loses_no_page(struct kunit *test)
{
	const struct outcome *outcome = test->param_value;
	struct link link = {};

	set_spdm_pages(PAGES);
	inject(test, NEXT_CALL(outcome->leaf, outcome->kind, outcome->value));
	KUNIT_ASSERT_EQ(test, driver_create_session(&link), outcome->fails ? -EFAULT : 0);
	if (!outcome->fails)
		EXPECT_WARNINGS(test, outcome->warnings, driver_delete_session(&link));
	KUNIT_EXPECT_EQ(test, since_start(test).in_arrays, 0);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, outcome->stays ? PAGES : 0);
	empty_quarantine(test);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
}

static struct xarray table;

/*
 * T31 and T32 of docs/defects.md: a table of IOMMUs that is full, and entries that are removed with
 * their IOMMU.
 */
static int driver_set_up_iommu(u64 *iommu_id, bool full)
{
	struct tdx_page_array *iommu_mt __free(
		tdx_page_array_free) = tdx_page_array_create_iommu_mt(QUEUE_ORDER, PAGES);
	u64 status;
	int error;

	if (!iommu_mt)
		return -ENOMEM;
	status = tdh_iommu_setup(REG_BASE, iommu_mt, iommu_id);
	if ((status & TDX_PAGE_ARRAY_STATUS_MASK) == TDX_PAGE_ARRAY_OPERAND_INVALID)
		return 0;
	if (status)
		return -EFAULT;
	error = full ? -EBUSY : xa_insert(&table, *iommu_id, iommu_mt, GFP_KERNEL);
	if (error) {
		tdh_iommu_clear(*iommu_id, iommu_mt);
		return error;
	}
	retain_and_null_ptr(iommu_mt);
	return 0;
}

static void driver_clear_iommu(u64 iommu_id)
{
	struct tdx_page_array *iommu_mt = xa_erase(&table, iommu_id);

	if (tdh_iommu_clear(iommu_id, iommu_mt) ||
	    tdx_page_array_ctrl_release(iommu_mt, tdx_page_array_nr_pages(iommu_mt), 0))
		tdx_page_array_ctrl_leak(iommu_mt);
}

static void the_posted_way_through_an_iommu_loses_no_page(struct kunit *test)
{
	u64 iommu;

	set_interrupt_every(3);
	KUNIT_ASSERT_EQ(test, driver_set_up_iommu(&iommu, false), 0);
	driver_clear_iommu(iommu);
	KUNIT_EXPECT_TRUE(test, xa_empty(&table));
	KUNIT_EXPECT_EQ(test, since_start(test).freed, IOMMU_PAGES);
}

static void an_iommu_without_room_in_the_drivers_table_loses_no_page(struct kunit *test)
{
	u64 iommu;

	KUNIT_EXPECT_EQ(test, driver_set_up_iommu(&iommu, true), -EBUSY);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, IOMMU_PAGES);
}

static void an_iommu_without_tdx_mode_is_no_error_and_loses_no_page(struct kunit *test)
{
	u64 iommu;

	set_plain_iommu(REG_BASE);
	KUNIT_EXPECT_EQ(test, driver_set_up_iommu(&iommu, false), 0);
	KUNIT_EXPECT_TRUE(test, xa_empty(&table));
	KUNIT_EXPECT_EQ(test, since_start(test).freed, IOMMU_PAGES);
}

static void a_stream_of_the_posted_driver_comes_and_goes(struct kunit *test)
{
	struct tdx_page_array *stream_mt;
	unsigned int nr_released = 0;
	u64 stream, rp_ide_id, released_hpa = 0;
	struct link link;

	set_spdm_pages(PAGES);
	set_ide_pages(PAGES);
	KUNIT_ASSERT_EQ(test, driver_create_session(&link), 0);
	stream_mt = tdx_page_array_create(PAGES);
	KUNIT_ASSERT_NOT_NULL(test, stream_mt);
	expect_success(test, tdh_ide_stream_create(0x110, link.spdm_id, stream_mt, 1, 2, 3, 4, 5, 6,
						   &stream, &rp_ide_id));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_CREATE, SEAM_R14), 6);
	expect_success(test, tdh_ide_stream_block(link.spdm_id, stream));
	expect_success(test, tdh_ide_stream_delete(link.spdm_id, stream, stream_mt, &nr_released,
						   &released_hpa));
	KUNIT_EXPECT_EQ(test, nr_released, PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_ctrl_release(stream_mt, nr_released, released_hpa), 0);
	driver_delete_session(&link);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 2 * PAGES);
}

/* The event loop of that driver, without a device: the response page is not used. */
static u64 driver_talk(struct link *link, struct page *page, struct tdx_page_array *dev_info,
		       u64 *bytes)
{
	u64 status;

	do {
		status = tdh_exec_spdm_connect(link->spdm_id, page, page, page, dev_info, bytes);
		if ((status & TDX_SEAMCALL_STATUS_MASK) == TDX_SPDM_SESSION_KEY_REQUIRE_REFRESH)
			tdh_exec_spdm_mng(link->spdm_id, 1, NULL, page, page, NULL, bytes);
	} while (status && tdx_status_to_errno(status) == -EAGAIN);
	return status;
}

static void the_posted_event_loop_connects_and_reads_the_device_information(struct kunit *test)
{
	struct tdx_page_array *dev_info __free(tdx_page_array_free) = tdx_page_array_create(2);
	struct page *page = alloc_page(GFP_KERNEL);
	u8 *info = kunit_kzalloc(test, 6000, GFP_KERNEL);
	struct link link;
	u64 bytes = 0;

	KUNIT_ASSERT_NOT_NULL(test, dev_info);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, info);
	set_ext_pool(0);
	set_spdm_pages(PAGES);
	KUNIT_ASSERT_EQ(test, driver_create_session(&link), 0);
	inject(test, NTH_CALL(SEAM_SPDM_CONNECT, 2, SEAM_INJECT_STATUS,
			      TDX_SPDM_SESSION_KEY_REQUIRE_REFRESH));
	expect_success(test, driver_talk(&link, page, dev_info, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 6000);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(dev_info, info, bytes), 0);
	KUNIT_EXPECT_EQ(test, info[5999], 0xd1);
	while (tdh_exec_spdm_disconnect(link.spdm_id, page, page, &bytes) == TDX_SPDM_REQUEST)
		;
	driver_delete_session(&link);
	__free_page(page);
}

static void an_array_that_cannot_be_created_is_null(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, tdx_page_array_create(0));
	KUNIT_EXPECT_NULL(test, tdx_page_array_create(TDX_PAGE_ARRAY_MAX_NENTS + 1));
	KUNIT_EXPECT_NULL(test, tdx_page_array_create_iommu_mt(1, 0));
	KUNIT_EXPECT_NULL(test, tdx_page_array_create_iommu_mt(1, TDX_PAGE_ARRAY_MAX_NENTS - 1));
	KUNIT_EXPECT_EQ(test, since_start(test).taken, 0);
}

/* T28 of docs/defects.md */
static void ends_of_no_array_do_nothing(struct kunit *test)
{
	tdx_page_array_free(NULL);
	tdx_page_array_ctrl_leak(NULL);
	KUNIT_EXPECT_EQ(test, tdx_page_array_ctrl_release(NULL, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, since_start(test).seamcalls, 0);
}

/* T34 of docs/defects.md: one destructor for plain pages and for pages that were handed over. */
static void an_array_that_leaves_its_scope_ends_by_its_custody(struct kunit *test)
{
	u64 session;

	set_spdm_pages(PAGES);
	{
		struct tdx_page_array *plain __free(tdx_page_array_free) = tdx_page_array_create(
			PAGES);
		struct tdx_page_array *handed_over __free(
			tdx_page_array_free) = tdx_page_array_create(PAGES);

		KUNIT_ASSERT_NOT_NULL(test, plain);
		KUNIT_ASSERT_NOT_NULL(test, handed_over);
		assert_success(test, tdh_spdm_create(0, handed_over, &session));
	}
	KUNIT_EXPECT_EQ(test, since_start(test).freed, PAGES);
	KUNIT_EXPECT_EQ(test, since_start(test).quarantined, PAGES);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_posted_way_through_a_session_loses_no_page, outcome_gen_params),
	KUNIT_CASE(the_posted_way_through_an_iommu_loses_no_page),
	KUNIT_CASE(an_iommu_without_room_in_the_drivers_table_loses_no_page),
	KUNIT_CASE(an_iommu_without_tdx_mode_is_no_error_and_loses_no_page),
	KUNIT_CASE(a_stream_of_the_posted_driver_comes_and_goes),
	KUNIT_CASE(the_posted_event_loop_connects_and_reads_the_device_information),
	KUNIT_CASE(an_array_that_cannot_be_created_is_null),
	KUNIT_CASE(ends_of_no_array_do_nothing),
	KUNIT_CASE(an_array_that_leaves_its_scope_ends_by_its_custody),
	{},
};

static int begin(struct kunit *test)
{
	xa_init(&table);
	return harness_init(test);
}

static void end(struct kunit *test)
{
	xa_destroy(&table);
	harness_exit(test);
}

TEST_SUITE("porting", begin, end);
