// SPDX-License-Identifier: GPL-2.0
#include "../td_params.h"
#include "raw_td.h"

void raw_td_build_until_init(struct kunit *test, struct raw_pages *raw)
{
	unsigned int i;

	raw_alloc(test, raw, RAW_TD_PAGES);
	assert_success(test, raw_leaf(SEAM_MNG_CREATE, raw_hpa(raw, RAW_TDR), RAW_TD_KEYID));
	assert_success(test, raw_leaf(SEAM_MNG_KEY_CONFIG, raw_hpa(raw, RAW_TDR), 0));
	for (i = 0; i < RAW_TDCS_PAGES; i++)
		assert_success(test, raw_leaf(SEAM_MNG_ADDCX, raw_hpa(raw, RAW_FIRST_TDCS + i),
					      raw_hpa(raw, RAW_TDR)));
}

void raw_td_add_vcpu(struct kunit *test, struct raw_pages *raw)
{
	unsigned int i;

	assert_success(test,
		       raw_leaf(SEAM_VP_CREATE, raw_hpa(raw, RAW_TDVPR), raw_hpa(raw, RAW_TDR)));
	for (i = 0; i < RAW_TDCX_PAGES; i++)
		assert_success(test, raw_leaf(SEAM_VP_ADDCX, raw_hpa(raw, RAW_FIRST_TDCX + i),
					      raw_hpa(raw, RAW_TDVPR)));
}

void raw_td_build(struct kunit *test, struct raw_pages *raw)
{
	raw_td_build_until_init(test, raw);
	td_params_fill(raw_list(raw));
	assert_success(test,
		       raw_leaf(SEAM_MNG_INIT, raw_hpa(raw, RAW_TDR), page_to_phys(raw->list)));
	raw_td_add_vcpu(test, raw);
}

u64 raw_td_init_vcpu(struct raw_pages *raw, u64 apic_id)
{
	struct tdx_shim_registers registers = {.rcx = raw_hpa(raw, RAW_TDVPR), .r8 = apic_id};

	return raw_call_on(0, SEAM_VP_INIT | 1 << 16, &registers);
}

u64 raw_td_flush_vcpu(u64 tdvpr)
{
	return raw_leaf_on(0, SEAM_VP_FLUSH, tdvpr, 0);
}

void raw_td_end_key(struct kunit *test, struct raw_pages *raw)
{
	expect_success(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, raw_hpa(raw, RAW_TDR), 0));
	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_MNG_KEY_FREEID, raw_hpa(raw, RAW_TDR), 0),
			SEAM_WBCACHE_NOT_COMPLETE);
	expect_success(test, raw_leaf(SEAM_PHYMEM_CACHE_WB, 0, 0));
	expect_success(test, raw_leaf(SEAM_MNG_KEY_FREEID, raw_hpa(raw, RAW_TDR), 0));
}

void raw_td_reclaim(struct kunit *test, struct raw_pages *raw)
{
	struct tdx_shim_registers registers = {.rcx = raw_hpa(raw, RAW_TDVPR)};
	unsigned int i;

	KUNIT_EXPECT_EQ(test, raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, raw_hpa(raw, RAW_TDR), 0),
			SEAM_TD_ASSOCIATED_PAGES_EXIST);
	expect_success(test, raw_call(SEAM_PHYMEM_PAGE_RECLAIM, &registers));
	KUNIT_EXPECT_EQ(test, registers.rcx, SEAM_PT_TDVPR);
	KUNIT_EXPECT_EQ(test, registers.rdx, raw_hpa(raw, RAW_TDR));
	for (i = 1; i < RAW_TD_PAGES; i++)
		if (i != RAW_TDVPR)
			expect_success(test,
				       raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, raw_hpa(raw, i), 0));
	expect_success(test, raw_leaf(SEAM_PHYMEM_PAGE_RECLAIM, raw_hpa(raw, RAW_TDR), 0));
	raw_free_page(test, raw->pages[RAW_TDR], tdx_global_keyid());
	raw->pages[RAW_TDR] = raw->pages[--raw->count];
	raw_free(test, raw, RAW_TD_KEYID);
}

void raw_td_end(struct kunit *test, struct raw_pages *raw)
{
	raw_td_end_key(test, raw);
	raw_td_reclaim(test, raw);
}
