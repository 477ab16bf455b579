/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/mm.h>
#define PHYS_PFN(hpa) ((hpa) >> PAGE_SHIFT)
