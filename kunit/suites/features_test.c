// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves of features that the TDX module does not have are never issued: their numbers mean
 * something else in other modules. This suite is a module of its own, because tdx_page_array looks
 * for the features when it is loaded: the guest job loads both on a TDX module without any.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/version.h>

#include "../seam/seam_emulator.h"
#include "tdx_page_array.h"

static struct tdx_page_array *array;

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
	KUNIT_EXPECT_EQ(test, tdx_tdh_ext_mem_add(array), TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, tdx_tdh_ext_init(), TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_MEM_ADD), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_EXT_INIT), 0);
}

static void connect_leaves_are_not_issued(struct kunit *test)
{
	u64 session = 0x5a5a;

	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_create(0, array, &session),
			TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, session, 0x5a5a);
	KUNIT_EXPECT_EQ(test, tdx_tdh_spdm_delete(1, array), TDX_PAGE_ARRAY_REFUSED | EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_CREATE), 0);
	KUNIT_EXPECT_EQ(test, seam_emulator_calls(SEAM_SPDM_DELETE), 0);
}

static void what_needs_no_feature_works(struct kunit *test)
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
	KUNIT_CASE(what_needs_no_feature_works),
	{},
};

static struct kunit_suite suite = {
	.name = "features",
	.init = features_init,
	.exit = features_exit,
	.test_cases = cases,
};
kunit_test_suite(suite);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(TDX_PAGE_ARRAY);
#else
MODULE_IMPORT_NS("TDX_PAGE_ARRAY");
#endif
MODULE_DESCRIPTION(
	"KUnit suite of tdx_page_array for TDX modules without extensions and TDX Connect");
MODULE_AUTHOR("The tdx_page_array authors");
MODULE_LICENSE("GPL");
