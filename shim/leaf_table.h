/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The leaves of the TDX module that the core issues, a row for each: its name here, its number (RAX bits 15:0), its
 * name in the specification; the feature without which it is not issued; the leaf that gives back the pages which it
 * is given, if any; and what happens around the instruction (enum in cxx/abi/leaf.hpp). One table for the core and for
 * what the trace points print.
 */
#ifndef TDX_SHIM_LEAF_TABLE_H
#define TDX_SHIM_LEAF_TABLE_H

#define TDX_LEAF_TABLE(LEAF) \
	LEAF(kMngAddcx, 1, "TDH.MNG.ADDCX", kNoFeature, kPhymemPageReclaim, 0) \
	LEAF(kVpAddcx, 4, "TDH.VP.ADDCX", kNoFeature, kPhymemPageReclaim, 0) \
	LEAF(kMngCreate, 9, "TDH.MNG.CREATE", kNoFeature, kPhymemPageReclaim, 0) \
	LEAF(kVpCreate, 10, "TDH.VP.CREATE", kNoFeature, kPhymemPageReclaim, 0) \
	LEAF(kPhymemPageRdmd, 24, "TDH.PHYMEM.PAGE.RDMD", kNoFeature, kNone, kKeepsVectors) \
	LEAF(kPhymemPageReclaim, 28, "TDH.PHYMEM.PAGE.RECLAIM", kNoFeature, kNone, kKeepsVectors) \
	LEAF(kSysRd, 34, "TDH.SYS.RD", kNoFeature, kNone, kKeepsVectors) \
	LEAF(kPhymemPageWbinvd, 41, "TDH.PHYMEM.PAGE.WBINVD", kNoFeature, kNone, kKeepsVectors) \
	LEAF(kExtInit, 60, "TDH.EXT.INIT", kExtensions, kNone, kResumed) \
	LEAF(kExtMemAdd, 61, "TDH.EXT.MEM.ADD", kExtensions, kNone, 0) \
	LEAF(kQuoteGet, 98, "TDH.QUOTE.GET", kQuoting, kNone, kResumed) \
	LEAF(kQuoteInit, 100, "TDH.QUOTE.INIT", kQuoting, kNone, kResumed) \
	LEAF(kIommuSetup, 128, "TDH.IOMMU.SETUP", kTdxConnect, kIommuClear, kResumed | kQueues) \
	LEAF(kIommuClear, 129, "TDH.IOMMU.CLEAR", kTdxConnect, kNone, kResumed) \
	LEAF(kSpdmCreate, 130, "TDH.SPDM.CREATE", kTdxConnect, kSpdmDelete, 0) \
	LEAF(kSpdmDelete, 131, "TDH.SPDM.DELETE", kTdxConnect, kNone, 0) \
	LEAF(kIdeStreamCreate, 132, "TDH.IDE.STREAM.CREATE", kTdxConnect, kIdeStreamDelete, 0) \
	LEAF(kIdeStreamBlock, 133, "TDH.IDE.STREAM.BLOCK", kTdxConnect, kNone, 0) \
	LEAF(kIdeStreamDelete, 134, "TDH.IDE.STREAM.DELETE", kTdxConnect, kNone, 0) \
	LEAF(kIdeStreamKm, 135, "TDH.IDE.STREAM.KM", kTdxConnect, kNone, kResumed) \
	LEAF(kSpdmConnect, 142, "TDH.SPDM.CONNECT", kTdxConnect, kNone, kResumed | kService) \
	LEAF(kSpdmDisconnect, 143, "TDH.SPDM.DISCONNECT", kTdxConnect, kNone, kResumed | kService) \
	LEAF(kSpdmMng, 144, "TDH.SPDM.MNG", kTdxConnect, kNone, kResumed | kService)

#endif
