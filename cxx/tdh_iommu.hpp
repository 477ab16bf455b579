/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.IOMMU.*: IOMMUs in TDX mode, whose metadata lives in pages of the host. */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/*
 * TDH.IOMMU.SETUP, leaf 128: takes the IOMMU with registers at @reg_base into TDX mode; its
 * metadata is the whole array, which has queues and is the module's on success. Returns the IOMMU's
 * id. OPERAND_INVALID means that the unit has no TDX mode. Refused with kInvalid when the array has
 * no queues, with kBusy when it is not the host's.
 */
Answered<u64> tdh_iommu_setup(u64 reg_base, PageArray &array);

/*
 * TDH.IOMMU.CLEAR, leaf 129: takes the IOMMU out of TDX mode and checks the list of pages that come
 * back. Refused with kInvalid when the array is not the metadata of that IOMMU.
 */
Answered<void> tdh_iommu_clear(u64 iommu_id, PageArray &array);

} // namespace tdx
