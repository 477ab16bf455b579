/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TDH.MNG.* and TDH.VP.*: control pages of a TD and of its virtual processors. They come back one
 * by one, by TDH.PHYMEM.PAGE.RECLAIM, after the TD's teardown; release does that.
 */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/*
 * TDH.MNG.CREATE, leaf 9: makes the one page of @tdr the TDR of a new TD with KeyID @hkid. Refused
 * with kInvalid when the array has more pages, with kBusy when it is not the host's.
 */
Answered<void> tdh_mng_create(PageArray &tdr, Hkid hkid);

/*
 * TDH.MNG.ADDCX, leaf 1: adds the next page of @tdcs that was not handed over yet to the TD.
 * Refused with kInvalid when there is none left, with kBusy when the array serves something else.
 */
Answered<void> tdh_mng_addcx(const ControlRoot &tdr, PageArray &tdcs);

/* TDH.VP.CREATE, leaf 10: makes the one page of @tdvpr a virtual processor of the TD. */
Answered<void> tdh_vp_create(const ControlRoot &tdr, PageArray &tdvpr);

/* TDH.VP.ADDCX, leaf 4: adds the next page of @tdcx to the virtual processor, as MNG.ADDCX. */
Answered<void> tdh_vp_addcx(const ControlRoot &tdvpr, PageArray &tdcx);

} // namespace tdx
