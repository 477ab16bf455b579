// SPDX-License-Identifier: GPL-2.0
/* Refusals of leaf functions, and errors of the TDX module: each gives one errno and one log line. */
#include "lines.h"

static void iommus(struct kunit *test)
{
	struct tdx_page_array *array = make_iommu_mt(test, 1, 4), *plain = make_array(test, 8);
	const struct tdx_ide_stream stream = {};
	u64 unit, other;

	EXPECT_LINE(
		test, EINVAL, tdx_tdh_iommu_setup(0x1000, plain, &unit),
		"TDH.IOMMU.SETUP not issued: array # does not have the layout of IOMMU metadata");
	EXPECT_LINE(test, EINVAL, tdx_tdh_iommu_setup(0x1000, array, NULL),
		    "TDH.IOMMU.SETUP not issued: iommu_id is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_iommu_setup(0x1000, NULL, &unit),
		    "TDH.IOMMU.SETUP not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_iommu_clear(1, array),
		    "TDH.IOMMU.CLEAR not issued: array # is not the metadata of object 0x1");
	EXPECT_LINE(test, EINVAL, tdx_tdh_iommu_clear(1, NULL),
		    "TDH.IOMMU.CLEAR not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_create(0, array, &other),
		    "TDH.SPDM.CREATE not issued: array # has the layout of IOMMU metadata");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_create(1, &stream, array, &other, &other),
		    "TDH.IDE.STREAM.CREATE not issued: array # has the layout of IOMMU metadata");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ext_mem_add(array),
		    "TDH.EXT.MEM.ADD not issued: array # has the layout of IOMMU metadata");
	assert_success(test, tdx_tdh_iommu_setup(0x1000, array, &unit));
	EXPECT_LINE(test, EBUSY, tdx_tdh_iommu_setup(0x2000, array, &other),
		    "TDH.IOMMU.SETUP not issued: pages of array # are the TDX module's, handed "
		    "over by TDH.IOMMU.SETUP");
	EXPECT_LINE(
		test, EINVAL, tdx_tdh_iommu_clear(unit + 1, array),
		"TDH.IOMMU.CLEAR not issued: array # is the metadata of object 0x#, not of 0x#");
	EXPECT_LINE(test, EBUSY, tdx_page_array_release(array),
		    "tdx_page_array_release: the TDX module owns 8 of the 8 pages of array #, "
		    "handed over by TDH.IOMMU.SETUP, last answer TDH.IOMMU.SETUP: SUCCESS");
	end_iommu(test, unit, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(plain), 0);
}

static void the_service(struct kunit *test)
{
	struct tdx_page_array *array, *large = make_array(test, 513), *plain = make_array(test, 1);
	struct tdx_page_array *queues = make_iommu_mt(test, 0, 1);
	struct page *page = make_page(test);
	u64 session, bytes;

	set_ext_pool(0);
	array = make_session(test, 3, &session);
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_connect(session, NULL, page, page, plain, &bytes),
		    "TDH.SPDM.CONNECT not issued: spdm_conf is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_connect(session, page, NULL, page, plain, &bytes),
		    "TDH.SPDM.CONNECT not issued: spdm_rsp is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_connect(session, page, page, NULL, plain, &bytes),
		    "TDH.SPDM.CONNECT not issued: spdm_req is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_connect(session, page, page, page, plain, NULL),
		    "TDH.SPDM.CONNECT not issued: bytes is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_connect(session, page, page, page, NULL, &bytes),
		    "TDH.SPDM.CONNECT not issued: the page array is");
	EXPECT_LINE(test, EBUSY, tdx_tdh_spdm_connect(session, page, page, page, array, &bytes),
		    "TDH.SPDM.CONNECT not issued: pages of array # may hold private cache lines or "
		    "belong to the TDX module (the TDX module's, handed over by TDH.SPDM.CREATE)");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_connect(session, page, page, page, queues, &bytes),
		    "TDH.SPDM.CONNECT not issued: array # has the layout of IOMMU metadata");
	EXPECT_LINE(test, E2BIG, tdx_tdh_spdm_connect(session, page, page, page, large, &bytes),
		    "TDH.SPDM.CONNECT not issued: array # has 513 pages, more than 512");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_disconnect(session, NULL, page, &bytes),
		    "TDH.SPDM.DISCONNECT not issued: spdm_rsp is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_disconnect(session, page, NULL, &bytes),
		    "TDH.SPDM.DISCONNECT not issued: spdm_req is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_disconnect(session, page, page, NULL),
		    "TDH.SPDM.DISCONNECT not issued: bytes is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_mng(session, 0, NULL, page, NULL, NULL, &bytes),
		    "TDH.SPDM.MNG not issued: spdm_req is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_mng(session, 0, NULL, NULL, page, NULL, &bytes),
		    "TDH.SPDM.MNG not issued: spdm_rsp is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_spdm_mng(session, 0, NULL, page, page, NULL, NULL),
		    "TDH.SPDM.MNG not issued: bytes is NULL");
	EXPECT_LINE(test, EINVAL,
		    tdx_tdh_spdm_mng(session, 0, ERR_PTR(-EBADF), page, page, NULL, &bytes),
		    "TDH.SPDM.MNG not issued: spdm_param is an error pointer (errno -9)");
	EXPECT_LINE(test, EBUSY, tdx_tdh_spdm_mng(session, 0, NULL, page, page, array, &bytes),
		    "TDH.SPDM.MNG not issued: pages of array # may hold");
	inject(test, NEXT_CALL(SEAM_SPDM_CONNECT, SEAM_INJECT_BAD_RESPONSE, SEAM_BAD_LONG_OUTPUT));
	kunit_warning_suppress(test) {
		EXPECT_LINE(test, EIO,
			    tdx_tdh_spdm_connect(session, page, page, page, plain, &bytes),
			    "TDH.SPDM.CONNECT reports 1073741824 bytes of output, but the buffer "
			    "has 4096");
	}
	end_session(test, session, array);
	expect_released(test, large, plain, queues);
}

static void streams(struct kunit *test)
{
	struct tdx_page_array *large = make_array(test, 513), *array;
	const struct tdx_ide_stream stream = {};
	struct page *page = make_page(test);
	u64 session, id;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_create(session, NULL, large, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: stream is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_create(session, &stream, large, NULL, &id),
		    "TDH.IDE.STREAM.CREATE not issued: stream_id is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_create(session, &stream, large, &id, NULL),
		    "TDH.IDE.STREAM.CREATE not issued: rp_ide_id is NULL");
	EXPECT_LINE(test, E2BIG, tdx_tdh_ide_stream_create(session, &stream, large, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: array # has 513 pages, more than 512");
	EXPECT_LINE(test, EBUSY, tdx_tdh_ide_stream_create(session, &stream, array, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: pages of array # are the TDX module's");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_create(session, &stream, NULL, &id, &id),
		    "TDH.IDE.STREAM.CREATE not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_delete(session, 1, array),
		    "TDH.IDE.STREAM.DELETE not issued: array # is not the metadata of object 0x1");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_km(session, 1, 0, NULL, page, &id),
		    "TDH.IDE.STREAM.KM not issued: spdm_rsp is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_km(session, 1, 0, page, NULL, &id),
		    "TDH.IDE.STREAM.KM not issued: spdm_req is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_ide_stream_km(session, 1, 0, page, page, NULL),
		    "TDH.IDE.STREAM.KM not issued: bytes is NULL");
	end_session(test, session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(large), 0);
}

static void quotes(struct kunit *test)
{
	struct tdx_page_array *array, *output = make_array(test, 1);
	struct page *page = make_page(test);
	u64 session, bytes;

	array = make_session(test, 3, &session);
	EXPECT_LINE(test, EINVAL, tdx_tdh_quote_get(NULL, 0, page, 1, output, &bytes),
		    "TDH.QUOTE.GET not issued: tdr is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_quote_get(ERR_PTR(-EINVAL), 0, page, 1, output, &bytes),
		    "TDH.QUOTE.GET not issued: tdr is an error pointer (errno -22)");
	EXPECT_LINE(test, EINVAL, tdx_tdh_quote_get(page, 0, NULL, 1, output, &bytes),
		    "TDH.QUOTE.GET not issued: input is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_quote_get(page, 0, page, 1, output, NULL),
		    "TDH.QUOTE.GET not issued: quote_bytes is NULL");
	EXPECT_LINE(test, EINVAL, tdx_tdh_quote_get(page, 0, page, 4097, output, &bytes),
		    "TDH.QUOTE.GET not issued: input_bytes is 4097, more than 4096");
	EXPECT_LINE(test, EBUSY, tdx_tdh_quote_get(page, 0, page, 1, array, &bytes),
		    "TDH.QUOTE.GET not issued: pages of array # may hold private cache lines");
	EXPECT_LINE(test, EINVAL, tdx_tdh_quote_get(page, 0, page, 1, NULL, &bytes),
		    "TDH.QUOTE.GET not issued: the page array is");
	/* The call is not executed, so RCX is still the TDR's address: too large a length. */
	answer_next(test, SEAM_QUOTE_GET, SEAM_SUCCESS);
	kunit_warning_suppress(test) {
		EXPECT_LINE(test, EIO, tdx_tdh_quote_get(page, 0, page, 1, output, &bytes),
			    "TDH.QUOTE.GET reports ");
	}
	end_session(test, session, array);
	KUNIT_EXPECT_EQ(test, tdx_page_array_release(output), 0);
}

static void control_pages(struct kunit *test)
{
	struct tdx_page_array *array = make_array(test, 2), *tdr = make_array(test, 1);
	struct tdx_page_array *queues = make_iommu_mt(test, 1, 4);

	EXPECT_LINE(test, EINVAL, tdx_tdh_mng_create(array, tdx_global_keyid() + 1),
		    "TDH.MNG.CREATE not issued: array # has 2 pages, not 1");
	EXPECT_LINE(test, EINVAL, tdx_tdh_mng_addcx(array, array),
		    "TDH.MNG.ADDCX not issued: the array of the TDR was not handed over by "
		    "TDH.MNG.CREATE");
	EXPECT_LINE(test, EINVAL, tdx_tdh_vp_create(array, array),
		    "TDH.VP.CREATE not issued: the array of the TDR was not handed over by "
		    "TDH.MNG.CREATE");
	EXPECT_LINE(test, EINVAL, tdx_tdh_vp_addcx(array, array),
		    "TDH.VP.ADDCX not issued: the array of the TDVPR was not handed over by "
		    "TDH.VP.CREATE");
	EXPECT_LINE(test, EINVAL, tdx_tdh_mng_create(NULL, tdx_global_keyid() + 1),
		    "TDH.MNG.CREATE not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_mng_addcx(NULL, array),
		    "TDH.MNG.ADDCX not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_vp_create(NULL, array),
		    "TDH.VP.CREATE not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_vp_addcx(NULL, array),
		    "TDH.VP.ADDCX not issued: the page array is");
	EXPECT_LINE(test, EINVAL, tdx_tdh_phymem_page_rdmd(0, NULL),
		    "TDH.PHYMEM.PAGE.RDMD not issued: facts is NULL");
	answer_next(test, SEAM_MNG_CREATE, SEAM_SUCCESS);
	expect_success(test, tdx_tdh_mng_create(tdr, tdx_global_keyid() + 1));
	EXPECT_LINE(test, EINVAL, tdx_tdh_mng_addcx(tdr, queues),
		    "TDH.MNG.ADDCX not issued: array # has the layout of IOMMU metadata");
	KUNIT_EXPECT_EQ(test, tdx_page_array_leak(tdr), -EUCLEAN);
	expect_released(test, array, queues);
	empty_quarantine(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(iommus), KUNIT_CASE(the_service),   KUNIT_CASE(streams),
	KUNIT_CASE(quotes), KUNIT_CASE(control_pages), {},
};

LINES_SUITE("leaf_messages");
