/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.PHYMEM.PAGE.*: single pages of physical memory. */
#pragma once

#include "seamcall.hpp"
#include "tdx_module.hpp"

namespace tdx {

/*
 * TDH.PHYMEM.PAGE.WBINVD, leaf 41: writes back the cache lines that one KeyID has of a 4K page, given
 * as its HPA with that KeyID (TdxModule::keyed()). The page must not be the module's. Inline, because
 * it is what the return of a page costs.
 */
inline CompletionStatus tdh_phymem_page_wbinvd(u64 keyed_hpa)
{
	return retry_while_busy(
		[keyed_hpa] { return seamcall(Leaf::kPhymemPageWbinvd, keyed_hpa); });
}

inline CompletionStatus tdh_phymem_page_wbinvd(Pfn page, Hkid hkid)
{
	return tdh_phymem_page_wbinvd(tdx_module().keyed(page, hkid));
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

} // namespace tdx
