/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_GFP_H
#define COMPAT_LINUX_GFP_H
#include <linux/mm.h>
#include <linux/slab.h>
/* Memory of this program, not of the machine. */
#define get_zeroed_page(gfp) ((unsigned long)calloc(1, 4096))
#define free_page(address)   free((void *)(address))
#endif
