/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.SYS.*: the module as a whole. */
#pragma once

#include "seamcall.hpp"

namespace tdx {

/* TDH.SYS.RD, leaf 34: the value of one metadata field. */
Answered<u64> tdh_sys_rd(u64 field_id);

} // namespace tdx
