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

/* One for each way out of the two functions. */
static const struct outcome outcomes[] = {
	{"nothing fails", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, SEAM_OPERAND_BUSY},
	{"CREATE refused", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS, SEAM_OPERAND_INVALID, true},
	{"CREATE unknown, done", SEAM_SPDM_CREATE, SEAM_INJECT_STATUS_AFTER, UNKNOWN_STATUS, true,
	 true},
	{"DELETE refused", SEAM_SPDM_DELETE, SEAM_INJECT_STATUS, SEAM_SPDM_INVALID_STATE, false,
	 true},
	/* SUCCESS, but the module keeps the pages. */
	{"DELETE of no page", SEAM_SPDM_DELETE, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_KEEPS_PAGES,
	 false, true, PAGES},
};

KUNIT_ARRAY_PARAM_DESC(outcome, outcomes, name);

/* T34 of docs/defects.md: one destructor for plain pages and for pages that were handed over. */
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

static const struct iommu_case {
	const char *name;
	bool full;  /* T31 of docs/defects.md: the driver's table of IOMMUs */
	bool plain; /* T16: without TDX mode, which is no error */
	int error;
} iommu_cases[] = {
	{"IOMMU in TDX mode"},
	{"IOMMU without TDX mode", .plain = true},
	{"no room in the table", .full = true, .error = -EBUSY},
};
KUNIT_ARRAY_PARAM_DESC(iommu_case, iommu_cases, name);

/* T32 of docs/defects.md: entries of the table are removed with their IOMMU. */
static void the_posted_way_through_an_iommu_loses_no_page(struct kunit *test)
{
	const struct iommu_case *iommu_case = test->param_value;
	u64 iommu;

	set_interrupt_every(3);
	CHANGE_CONFIG(plain_iommu, iommu_case->plain ? REG_BASE : 0);
	KUNIT_ASSERT_EQ(test, driver_set_up_iommu(&iommu, iommu_case->full), iommu_case->error);
	if (!xa_empty(&table))
		driver_clear_iommu(iommu);
	KUNIT_EXPECT_TRUE(test, xa_empty(&table));
	KUNIT_EXPECT_EQ(test, since_start(test).freed, IOMMU_PAGES);
}

static void driver_open_and_close_stream(struct kunit *test, const struct link *link)
{
	struct tdx_page_array *stream_mt = tdx_page_array_create(PAGES);
	unsigned int nr_released = 0;
	u64 stream, rp_ide_id, released_hpa = 0;

	KUNIT_ASSERT_NOT_NULL(test, stream_mt);
	expect_success(test, tdh_ide_stream_create(0x110, link->spdm_id, stream_mt, 1, 2, 3, 4, 5,
						   6, &stream, &rp_ide_id));
	KUNIT_EXPECT_EQ(test, last_register(SEAM_IDE_STREAM_CREATE, SEAM_R14), 6);
	expect_success(test, tdh_ide_stream_block(link->spdm_id, stream));
	expect_success(test, tdh_ide_stream_delete(link->spdm_id, stream, stream_mt, &nr_released,
						   &released_hpa));
	KUNIT_EXPECT_EQ(test, nr_released, PAGES);
	KUNIT_EXPECT_EQ(test, tdx_page_array_ctrl_release(stream_mt, nr_released, released_hpa), 0);
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

/* Keys are updated in the middle of CONNECT. */
static void the_posted_driver_connects_a_link_and_ends_it(struct kunit *test)
{
	struct tdx_page_array *dev_info __free(tdx_page_array_free) = tdx_page_array_create(2);
	struct page *page = make_page(test);
	struct link link;
	u64 bytes = 0;
	u8 info;

	KUNIT_ASSERT_NOT_NULL(test, dev_info);
	set_ext_pool(0);
	set_spdm_pages(PAGES);
	set_ide_pages(PAGES);
	KUNIT_ASSERT_EQ(test, driver_create_session(&link), 0);
	inject(test, NTH_CALL(SEAM_SPDM_CONNECT, 2, SEAM_INJECT_STATUS,
			      TDX_SPDM_SESSION_KEY_REQUIRE_REFRESH));
	expect_success(test, driver_talk(&link, page, dev_info, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 6000);
	KUNIT_EXPECT_EQ(test, tdx_page_array_read(dev_info, &info, 1), 0);
	KUNIT_EXPECT_EQ(test, info, 0xd0);
	driver_open_and_close_stream(test, &link);
	while (tdh_exec_spdm_disconnect(link.spdm_id, page, page, &bytes) == TDX_SPDM_REQUEST)
		;
	driver_delete_session(&link);
	KUNIT_EXPECT_EQ(test, since_start(test).freed, 2 * PAGES);
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

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_posted_way_through_a_session_loses_no_page, outcome_gen_params),
	KUNIT_CASE_PARAM(the_posted_way_through_an_iommu_loses_no_page, iommu_case_gen_params),
	KUNIT_CASE(the_posted_driver_connects_a_link_and_ends_it),
	KUNIT_CASE(an_array_that_cannot_be_created_is_null),
	KUNIT_CASE(ends_of_no_array_do_nothing),
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
