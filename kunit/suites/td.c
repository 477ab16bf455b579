// SPDX-License-Identifier: GPL-2.0
#include "../td_params.h"
#include "raw.h"
#include "td.h"

struct td td_create(struct kunit *test, struct tdx_page_array *tdr, u16 keyid)
{
	const struct td td = {tdr, hpa_of(test, tdr, 0)};

	assert_success(test, tdx_tdh_mng_create(tdr, keyid));
	assert_success(test, raw_leaf(SEAM_MNG_KEY_CONFIG, td.tdr_hpa, 0));
	return td;
}

struct td td_make(struct kunit *test, u16 keyid)
{
	return td_create(test, make_array(test, 1), keyid);
}

void td_add_all(struct kunit *test, const struct td *td, struct tdx_page_array *tdcs)
{
	const unsigned int pages = tdx_page_array_nr_pages(tdcs);
	unsigned int i;

	for (i = 0; i < pages; i++)
		assert_success(test, tdx_tdh_mng_addcx(td->tdr, tdcs));
}

void td_initialise(struct kunit *test, const struct td *td)
{
	struct page *parameters = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, parameters);
	td_params_fill(page_address(parameters));
	expect_success(test, raw_leaf(SEAM_MNG_INIT, td->tdr_hpa, page_to_phys(parameters)));
	__free_page(parameters);
}

void td_tear_down(struct kunit *test, const struct td *td)
{
	expect_success(test, raw_leaf(SEAM_MNG_VPFLUSHDONE, td->tdr_hpa, 0));
	expect_success(test, raw_cache_wb());
	expect_success(test, raw_leaf(SEAM_MNG_KEY_FREEID, td->tdr_hpa, 0));
}

void td_release(struct kunit *test, const struct td *td)
{
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(td->tdr), 0);
}
