/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The leaves of the TDX module that the core issues: number (RAX bits 15:0) and name. One table for
 * the core's type and for what the trace points print.
 */
#ifndef TDX_SHIM_LEAF_TABLE_H
#define TDX_SHIM_LEAF_TABLE_H

#define TDX_LEAF_TABLE(LEAF) \
	LEAF(kMngAddcx, 1, "TDH.MNG.ADDCX") \
	LEAF(kVpAddcx, 4, "TDH.VP.ADDCX") \
	LEAF(kMngCreate, 9, "TDH.MNG.CREATE") \
	LEAF(kVpCreate, 10, "TDH.VP.CREATE") \
	LEAF(kPhymemPageRdmd, 24, "TDH.PHYMEM.PAGE.RDMD") \
	LEAF(kPhymemPageReclaim, 28, "TDH.PHYMEM.PAGE.RECLAIM") \
	LEAF(kSysRd, 34, "TDH.SYS.RD") \
	LEAF(kPhymemPageWbinvd, 41, "TDH.PHYMEM.PAGE.WBINVD") \
	LEAF(kExtInit, 60, "TDH.EXT.INIT") \
	LEAF(kExtMemAdd, 61, "TDH.EXT.MEM.ADD") \
	LEAF(kQuoteGet, 98, "TDH.QUOTE.GET") \
	LEAF(kQuoteInit, 100, "TDH.QUOTE.INIT") \
	LEAF(kIommuSetup, 128, "TDH.IOMMU.SETUP") \
	LEAF(kIommuClear, 129, "TDH.IOMMU.CLEAR") \
	LEAF(kSpdmCreate, 130, "TDH.SPDM.CREATE") \
	LEAF(kSpdmDelete, 131, "TDH.SPDM.DELETE") \
	LEAF(kIdeStreamCreate, 132, "TDH.IDE.STREAM.CREATE") \
	LEAF(kIdeStreamBlock, 133, "TDH.IDE.STREAM.BLOCK") \
	LEAF(kIdeStreamDelete, 134, "TDH.IDE.STREAM.DELETE") \
	LEAF(kIdeStreamKm, 135, "TDH.IDE.STREAM.KM") \
	LEAF(kSpdmConnect, 142, "TDH.SPDM.CONNECT") \
	LEAF(kSpdmDisconnect, 143, "TDH.SPDM.DISCONNECT") \
	LEAF(kSpdmMng, 144, "TDH.SPDM.MNG")

#endif
