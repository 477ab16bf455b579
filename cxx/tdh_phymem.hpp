/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.PHYMEM.PAGE.*: single pages of physical memory. */
#pragma once

#include "seamcall.hpp"

namespace tdx {

/*
 * TDH.PHYMEM.PAGE.WBINVD, leaf 41: writes back one 4K page's cache lines of one KeyID. The page
 * must not be the module's.
 */
CompletionStatus tdh_phymem_page_wbinvd(Pfn page, Hkid hkid);

/* Whose a page is, by the module's own table (PAMT). */
enum class PageOwner : u8 {
	kHost,
	kModule
};

/* TDH.PHYMEM.PAGE.RDMD, leaf 24: what the module thinks of one 4K page. */
Answered<PageOwner> tdh_phymem_page_rdmd(Pfn page);

} // namespace tdx
