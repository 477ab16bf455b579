/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.SPDM.*: SPDM sessions, whose metadata lives in pages of the host. */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/*
 * TDH.SPDM.CREATE, leaf 130: makes a session out of the whole array, which is the module's on
 * success. Returns the session's id. Refused with kTooBig, or with kBusy when the array is not the
 * host's.
 */
Answered<u64> tdh_spdm_create(u64 func_id, PageArray &array);

/*
 * TDH.SPDM.DELETE, leaf 131: ends session @spdm_id, whose metadata is @array, and checks the list
 * of pages that come back. Refused with kInvalid when the array is not the metadata of that
 * session.
 */
Answered<void> tdh_spdm_delete(u64 spdm_id, PageArray &array);

} // namespace tdx
