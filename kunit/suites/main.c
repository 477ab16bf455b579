// SPDX-License-Identifier: GPL-2.0
/* The test module: all suites run when it is loaded. Each file here is one suite. */
#include <linux/module.h>

#include "../import.h"

MODULE_DESCRIPTION("KUnit suites of tdx_page_array");
