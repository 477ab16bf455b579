/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of the second posted version of the TDX Connect series for Linux (2026-03-28), so that a
 * driver written for it builds on this module. docs/porting.md says what such a driver has to change
 * and what it should.
 *
 * tdx_page_array_release() handles every outcome, so the functions of that series that end an array
 * differ less here than there: a driver that calls the wrong one loses no page.
 */
#ifndef TDX_PAGE_ARRAY_V2_H
#define TDX_PAGE_ARRAY_V2_H

#include <linux/cleanup.h>
#include <linux/err.h>

#include "tdx_page_array.h"

#define TDX_PAGE_ARRAY_MAX_NENTS TDX_PAGE_ARRAY_MAX_ENTRIES

/* The kernel's own headers have some of these, with the same values. */
#ifndef TDX_SUCCESS
#define TDX_SUCCESS 0ULL
#endif
#ifndef TDX_SEAMCALL_STATUS_MASK
#define TDX_SEAMCALL_STATUS_MASK TDX_PAGE_ARRAY_STATUS_MASK
#endif
#ifndef TDX_OPERAND_INVALID
#define TDX_OPERAND_INVALID TDX_PAGE_ARRAY_OPERAND_INVALID
#endif
#ifndef TDX_SPDM_REQUEST
#define TDX_SPDM_REQUEST TDX_PAGE_ARRAY_SPDM_REQUEST
#endif
#ifndef TDX_SPDM_SESSION_KEY_REQUIRE_REFRESH
#define TDX_SPDM_SESSION_KEY_REQUIRE_REFRESH TDX_PAGE_ARRAY_SPDM_KEY_REFRESH
#endif

/* NULL instead of an ERR_PTR; at most one list page. */
static inline struct tdx_page_array *tdx_page_array_create_v2(unsigned int nr_pages)
{
	struct tdx_page_array *array;

	if (nr_pages > TDX_PAGE_ARRAY_MAX_NENTS)
		return NULL;
	array = tdx_page_array_create(nr_pages);
	return IS_ERR(array) ? NULL : array;
}

static inline struct tdx_page_array *tdx_page_array_create_iommu_mt_v2(unsigned int iq_order,
								       unsigned int nr_mt_pages)
{
	struct tdx_page_array *array = tdx_page_array_create_iommu_mt(iq_order, nr_mt_pages);

	return IS_ERR(array) ? NULL : array;
}

/*
 * Ends the array in any state, unless it is mapped or in use. Pages that the TDX module still owns
 * go to the quarantine: callers of this function have no way to try again.
 */
static inline void tdx_page_array_free(struct tdx_page_array *array)
{
	int error;

	if (IS_ERR_OR_NULL(array))
		return;
	error = tdx_page_array_release(array);
	if (error == -EBUSY || error == -EAGAIN)
		tdx_page_array_leak(array);
}

static inline void tdx_page_array_ctrl_leak(struct tdx_page_array *array)
{
	if (!IS_ERR_OR_NULL(array))
		tdx_page_array_leak(array);
}

/*
 * The wrapper of DELETE has compared the list already, so @nr_released and @released_hpa are ignored.
 * Pages that could not be made safe are in quarantine: the array is gone and 0 is returned,
 * because there is nothing left to leak. With an error the array is still there.
 */
static inline int tdx_page_array_ctrl_release(struct tdx_page_array *array,
					      unsigned int nr_released, u64 released_hpa)
{
	const int error = tdx_page_array_release(array);

	return error == -EUCLEAN ? 0 : error;
}

DEFINE_FREE(tdx_page_array_free, struct tdx_page_array *, tdx_page_array_free(_T))

/* These differ in name only. */
#define tdh_iommu_setup		 tdx_tdh_iommu_setup
#define tdh_iommu_clear		 tdx_tdh_iommu_clear
#define tdh_spdm_create		 tdx_tdh_spdm_create
#define tdh_exec_spdm_connect	 tdx_tdh_spdm_connect
#define tdh_exec_spdm_disconnect tdx_tdh_spdm_disconnect
#define tdh_exec_spdm_mng	 tdx_tdh_spdm_mng
#define tdh_ide_stream_block	 tdx_tdh_ide_stream_block
#define tdh_ide_stream_km	 tdx_tdh_ide_stream_km

static inline u64 tdh_spdm_delete(u64 spdm_id, struct tdx_page_array *spdm_mt,
				  unsigned int *nr_released, u64 *released_hpa)
{
	const u64 status = tdx_tdh_spdm_delete(spdm_id, spdm_mt);

	if (!status) {
		*nr_released = tdx_page_array_nr_pages(spdm_mt);
		*released_hpa = 0;
	}
	return status;
}

static inline u64 tdh_ide_stream_create(u64 stream_info, u64 spdm_id,
					struct tdx_page_array *stream_mt, u64 stream_ctrl,
					u64 rid_assoc1, u64 rid_assoc2, u64 addr_assoc1,
					u64 addr_assoc2, u64 addr_assoc3, u64 *stream_id,
					u64 *rp_ide_id)
{
	const struct tdx_ide_stream stream = {
		.info = stream_info,
		.control = stream_ctrl,
		.rid_assoc1 = rid_assoc1,
		.rid_assoc2 = rid_assoc2,
		.addr_assoc1 = addr_assoc1,
		.addr_assoc2 = addr_assoc2,
		.addr_assoc3 = addr_assoc3,
	};

	return tdx_tdh_ide_stream_create(spdm_id, &stream, stream_mt, stream_id, rp_ide_id);
}

static inline u64 tdh_ide_stream_delete(u64 spdm_id, u64 stream_id,
					struct tdx_page_array *stream_mt, unsigned int *nr_released,
					u64 *released_hpa)
{
	const u64 status = tdx_tdh_ide_stream_delete(spdm_id, stream_id, stream_mt);

	if (!status) {
		*nr_released = tdx_page_array_nr_pages(stream_mt);
		*released_hpa = 0;
	}
	return status;
}

#define tdx_page_array_create	       tdx_page_array_create_v2
#define tdx_page_array_create_iommu_mt tdx_page_array_create_iommu_mt_v2

#endif
