/* SPDX-License-Identifier: GPL-2.0 */
/* TDH.EXT.*: memory for the module's extensions, and their start. */
#pragma once

#include "page_array.hpp"
#include "seamcall.hpp"

namespace tdx {

/*
 * TDH.EXT.MEM.ADD, leaf 61: gives the populated window of @array to the module, for good. A window
 * that was given up half way, while the module was interrupted, goes on where the module waits. Refused
 * with kInvalid unless the window continues what was given before, with kBusy when the array serves
 * something else.
 */
Answered<void> tdh_ext_mem_add(PageArray &array);

/* TDH.EXT.INIT, leaf 60: starts the extensions with the memory they were given. */
Answered<void> tdh_ext_init();

} // namespace tdx
