// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves of features that the TDX module does not have are never issued: their numbers have other
 * meanings in other modules. This suite is a separate test module, because tdx_page_array reads the
 * features when it is loaded: the guest job loads both on a TDX module without features.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "../import.h"
#include "../seam/seam_emulator.h"
#include "tdx_page_array.h"

static struct tdx_page_array *array;

static u64 seamcalls(void)
{
	struct tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.seamcalls;
}

/* Refused, without a SEAMCALL. */
#define EXPECT_UNSUPPORTED(TEST, CALL) \
	do { \
		const u64 before_ = seamcalls(); \
\
		KUNIT_EXPECT_EQ(TEST, CALL, TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP); \
		KUNIT_EXPECT_EQ(TEST, seamcalls(), before_); \
	} while (0)

static int features_init(struct kunit *test)
{
	array = tdx_page_array_create(16);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, array);
	return 0;
}

static void features_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void extension_leaves_are_not_issued(struct kunit *test)
{
	EXPECT_UNSUPPORTED(test, tdx_tdh_ext_mem_add(array));
	EXPECT_UNSUPPORTED(test, tdx_tdh_ext_init());
}

static void quoting_leaves_are_not_issued(struct kunit *test)
{
	struct page *page = tdx_page_array_page(array, 0);
	u64 bytes = 0x5a5a;

	EXPECT_UNSUPPORTED(test, tdx_tdh_quote_init());
	EXPECT_UNSUPPORTED(test, tdx_tdh_quote_get(page, 0, page, 1, array, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
}

static void iommu_leaves_are_not_issued(struct kunit *test)
{
	struct tdx_page_array *iommu_mt = tdx_page_array_create_iommu_mt(1, 4);
	u64 unit = 0x5a5a;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, iommu_mt);
	EXPECT_UNSUPPORTED(test, tdx_tdh_iommu_setup(0x1000, iommu_mt, &unit));
	KUNIT_EXPECT_EQ(test, unit, 0x5a5a);
	EXPECT_UNSUPPORTED(test, tdx_tdh_iommu_clear(1, iommu_mt));
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(iommu_mt), 0);
}

static void service_leaves_are_not_issued(struct kunit *test)
{
	struct page *page = tdx_page_array_page(array, 0);
	u64 bytes = 0x5a5a;

	EXPECT_UNSUPPORTED(test, tdx_tdh_spdm_connect(1, page, page, page, array, &bytes));
	EXPECT_UNSUPPORTED(test, tdx_tdh_spdm_disconnect(1, page, page, &bytes));
	EXPECT_UNSUPPORTED(test, tdx_tdh_spdm_mng(1, 0, NULL, page, page, NULL, &bytes));
	EXPECT_UNSUPPORTED(test, tdx_tdh_spdm_mng(1, 2, page, page, page, array, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
}

static void stream_leaves_are_not_issued(struct kunit *test)
{
	struct page *page = tdx_page_array_page(array, 0);
	const struct tdx_ide_stream wanted = {};
	u64 stream = 0x5a5a, number = 0x5a5a, bytes = 0x5a5a;

	EXPECT_UNSUPPORTED(test, tdx_tdh_ide_stream_create(1, &wanted, array, &stream, &number));
	EXPECT_UNSUPPORTED(test, tdx_tdh_ide_stream_block(1, 1));
	EXPECT_UNSUPPORTED(test, tdx_tdh_ide_stream_delete(1, 1, array));
	EXPECT_UNSUPPORTED(test, tdx_tdh_ide_stream_km(1, 1, 0, page, page, &bytes));
	KUNIT_EXPECT_EQ(test, stream, 0x5a5a);
	KUNIT_EXPECT_EQ(test, number, 0x5a5a);
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
}

/* The next call of @leaf is not executed and returns @status. */
static void answer(struct kunit *test, u16 leaf, u64 status)
{
	const struct seam_injection injection = {SEAM_INJECT_STATUS, leaf, 1, 1, status};

	KUNIT_ASSERT_EQ(test, seam_emulator_inject(&injection), 0);
}

/* No leaf is executed, so RDMD says that the pages are the host's. */
static void control_page_leaves_need_no_feature(struct kunit *test)
{
	const u64 no = SEAM_OPERAND_INVALID | SEAM_RCX;
	struct tdx_page_array *tdr = tdx_page_array_create(1), *tdvpr = tdx_page_array_create(1);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tdr);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tdvpr);
	answer(test, SEAM_MNG_CREATE, SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1), SEAM_SUCCESS);
	answer(test, SEAM_MNG_ADDCX, no);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(tdr, array), no);
	answer(test, SEAM_VP_CREATE, SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test, tdx_tdh_vp_create(tdr, tdvpr), SEAM_SUCCESS);
	answer(test, SEAM_VP_ADDCX, no);
	KUNIT_EXPECT_EQ(test, tdx_tdh_vp_addcx(tdvpr, array), no);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdvpr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 2);
}

static void connect_leaves_are_not_issued(struct kunit *test)
{
	u64 session = 0x5a5a;

	EXPECT_UNSUPPORTED(test, tdx_tdh_spdm_create(0, array, &session));
	KUNIT_EXPECT_EQ(test, session, 0x5a5a);
	EXPECT_UNSUPPORTED(test, tdx_tdh_spdm_delete(1, array));
}

static void extensions_that_are_not_there_are_not_started(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), -EOPNOTSUPP);
}

static void leaves_without_a_feature_work(struct kunit *test)
{
	u64 features0;

	KUNIT_EXPECT_EQ(test, tdx_tdh_sys_rd(0x0a00000300000008ULL, &features0), SEAM_SUCCESS);
	KUNIT_EXPECT_EQ(test,
			tdx_tdh_phymem_page_wbinvd(page_to_pfn(tdx_page_array_page(array, 0)),
						   tdx_global_keyid()),
			SEAM_SUCCESS);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(extension_leaves_are_not_issued),
	KUNIT_CASE(connect_leaves_are_not_issued),
	KUNIT_CASE(quoting_leaves_are_not_issued),
	KUNIT_CASE(iommu_leaves_are_not_issued),
	KUNIT_CASE(service_leaves_are_not_issued),
	KUNIT_CASE(stream_leaves_are_not_issued),
	KUNIT_CASE(control_page_leaves_need_no_feature),
	KUNIT_CASE(extensions_that_are_not_there_are_not_started),
	KUNIT_CASE(leaves_without_a_feature_work),
	{},
};

static struct kunit_suite suite = {
	.name = "features",
	.init = features_init,
	.exit = features_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);

MODULE_DESCRIPTION("KUnit suite of tdx_page_array for TDX modules without any of its features");
