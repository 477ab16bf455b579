// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves of features that the TDX module does not have are never issued: their numbers have other
 * meanings in other modules. This suite is a separate test module, because tdx_page_array reads the
 * features when it is loaded: the guest job loads both on a TDX module without features. A reset
 * would give it features, so harness_init() does not run.
 */
#include "harness.h"

static u64 seamcalls(void)
{
	struct tdx_page_array_counters counters;

	tdx_page_array_count(&counters);
	return counters.seamcalls;
}

#define expect_unsupported(TEST, CALL) expect_refused(TEST, EOPNOTSUPP, CALL)

static void leaves_of_extensions_and_quotes_are_not_issued(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16);
	struct page *page = tdx_page_array_page(array, 0);
	const u64 before = seamcalls();
	u64 bytes = 0x5a5a;

	expect_unsupported(test, tdx_tdh_ext_mem_add(array));
	expect_unsupported(test, tdx_tdh_ext_init());
	expect_unsupported(test, tdx_tdh_quote_init());
	expect_unsupported(test, tdx_tdh_quote_get(page, 0, page, 1, array, &bytes));
	KUNIT_EXPECT_EQ(test, bytes, 0x5a5a);
	KUNIT_EXPECT_EQ(test, seamcalls(), before);
	KUNIT_EXPECT_EQ(test, tdx_extensions_start(), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
}

static void leaves_of_tdx_connect_are_not_issued(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 16), *iommu_mt = make_iommu_mt(test, 1, 4);
	struct page *page = tdx_page_array_page(array, 0);
	const struct tdx_ide_stream wanted = {};
	const u64 before = seamcalls();
	u64 out = 0x5a5a, number = 0x5a5a;

	expect_unsupported(test, tdx_tdh_iommu_setup(0x1000, iommu_mt, &out));
	expect_unsupported(test, tdx_tdh_iommu_clear(1, iommu_mt));
	expect_unsupported(test, tdx_tdh_spdm_create(0, array, &out));
	expect_unsupported(test, tdx_tdh_spdm_delete(1, array));
	expect_unsupported(test, tdx_tdh_spdm_connect(1, page, page, page, array, &out));
	expect_unsupported(test, tdx_tdh_spdm_disconnect(1, page, page, &out));
	expect_unsupported(test, tdx_tdh_spdm_mng(1, 0, NULL, page, page, NULL, &out));
	expect_unsupported(test, tdx_tdh_spdm_mng(1, 2, page, page, page, array, &out));
	expect_unsupported(test, tdx_tdh_ide_stream_create(1, &wanted, array, &out, &number));
	expect_unsupported(test, tdx_tdh_ide_stream_block(1, 1));
	expect_unsupported(test, tdx_tdh_ide_stream_delete(1, 1, array));
	expect_unsupported(test, tdx_tdh_ide_stream_km(1, 1, 0, page, page, &out));
	KUNIT_EXPECT_EQ(test, out, 0x5a5a);
	KUNIT_EXPECT_EQ(test, number, 0x5a5a);
	KUNIT_EXPECT_EQ(test, seamcalls(), before);
	expect_released(test, array, iommu_mt);
}

/* No leaf is executed, so RDMD says that the pages are the host's. */
static void control_page_leaves_need_no_feature(struct kunit *test)
{
	const u64 no = SEAM_OPERAND_INVALID | SEAM_RCX;
	struct tdx_page_array *array = make_array(test, 16), *tdr = make_array(test, 1),
			      *tdvpr = make_array(test, 1);

	answer_next(test, SEAM_MNG_CREATE, SEAM_SUCCESS);
	expect_success(test, tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1));
	answer_next(test, SEAM_MNG_ADDCX, no);
	KUNIT_EXPECT_EQ(test, tdx_tdh_mng_addcx(tdr, array), no);
	answer_next(test, SEAM_VP_CREATE, SEAM_SUCCESS);
	expect_success(test, tdx_tdh_vp_create(tdr, tdvpr));
	answer_next(test, SEAM_VP_ADDCX, no);
	KUNIT_EXPECT_EQ(test, tdx_tdh_vp_addcx(tdvpr, array), no);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(array), 0);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdvpr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdr), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, tdx_page_array_retry_quarantine(), 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(leaves_of_extensions_and_quotes_are_not_issued),
	KUNIT_CASE(leaves_of_tdx_connect_are_not_issued),
	KUNIT_CASE(control_page_leaves_need_no_feature),
	{},
};

TEST_SUITE("features", NULL, NULL);
