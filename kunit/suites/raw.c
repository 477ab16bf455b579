// SPDX-License-Identifier: GPL-2.0
#include "raw.h"

void raw_alloc(struct kunit *test, struct raw_pages *raw, unsigned int count)
{
	unsigned int i;

	raw->count = count;
	raw->list = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, raw->list);
	for (i = 0; i < count; i++) {
		raw->pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, raw->pages[i]);
		raw_list(raw)[i] = raw_hpa(raw, i);
	}
}

void raw_free(struct kunit *test, struct raw_pages *raw, u16 hkid)
{
	unsigned int i;

	for (i = 0; i < raw->count; i++) {
		KUNIT_EXPECT_EQ(test, tdx_tdh_phymem_page_wbinvd(page_to_pfn(raw->pages[i]), hkid),
				SEAM_SUCCESS);
		__free_page(raw->pages[i]);
	}
	__free_page(raw->list);
}

u64 raw_array(const struct raw_pages *raw)
{
	if (raw->count == 1)
		return raw_hpa(raw, 0);
	return page_to_phys(raw->list) | (u64)(raw->count - 1) << 55;
}

void raw_poison(struct raw_pages *raw)
{
	memset(raw_list(raw), 0xff, PAGE_SIZE);
}
