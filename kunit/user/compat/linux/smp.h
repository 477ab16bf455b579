/* SPDX-License-Identifier: GPL-2.0 */
#include "interface.h"
#define wbinvd_on_all_cpus() tdx_shim_write_back_all_caches()
