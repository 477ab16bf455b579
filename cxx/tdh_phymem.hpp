/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.PHYMEM.*: single pages of physical memory, and the caches. */
#pragma once

#include "seamcall.hpp"

namespace tdx {

/* How many pages were written back, and the status of the last call. */
struct WrittenBack {
	u32 pages;
	CompletionStatus status;
};

/*
 * TDH.PHYMEM.PAGE.WBINVD, leaf 41, for @count neighbouring 4K pages: writes back the cache lines of
 * one KeyID, page by page until that fails. A page must not be the module's.
 */
WrittenBack tdh_phymem_page_wbinvd(Pfn first, u32 count, Hkid hkid);

/* The same for one page. */
inline CompletionStatus tdh_phymem_page_wbinvd(Pfn page, Hkid hkid)
{
	return tdh_phymem_page_wbinvd(page, 1, hkid).status;
}

/*
 * TDH.PHYMEM.PAGE.RECLAIM, leaf 28: takes one page of a TD in teardown away from the module. Its
 * lines are not written back.
 */
CompletionStatus tdh_phymem_page_reclaim(Pfn page);

/* What the module's own table (PAMT) says of a page. */
struct PageFacts {
	u64 type;  /* 0: not directly assigned, free from the module's point of view */
	u64 owner; /* HPA of a TDR, or an object's id; stays behind when the page is given back */
	u64 level;

	constexpr bool is_hosts() const { return type == 0; }
};

/* TDH.PHYMEM.PAGE.RDMD, leaf 24: what the module thinks of one 4K page. */
Answered<PageFacts> tdh_phymem_page_rdmd(Pfn page);

/*
 * TDH.PHYMEM.CACHE.WB, leaf 40: writes back the caches of the calling CPU's package, for KeyIDs
 * that are being freed. The caller is on one CPU all the time.
 */
CompletionStatus tdh_phymem_cache_wb();

} // namespace tdx
