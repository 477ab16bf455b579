// SPDX-License-Identifier: GPL-2.0
/*
 * Holds arrays from insmod to rmmod, each with its list written, so that a shell can see their memory and who is
 * charged for it: insmod tdx_array_holder.ko arrays=1 pages=1000 flags=1
 */
#include <linux/err.h>
#include <linux/module.h>

#include "../import.h"
#include "tdx_page_array.h"

#define MOST_ARRAYS 1000

static unsigned int arrays = 1;
module_param(arrays, uint, 0444);
MODULE_PARM_DESC(arrays, "how many, 1000 at most");
static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "how many in each");
static unsigned int flags;
module_param(flags, uint, 0444);
MODULE_PARM_DESC(flags, "TDX_PAGE_ARRAY_ACCOUNT (1), TDX_PAGE_ARRAY_CONTIGUOUS (2)");

static struct tdx_page_array *held[MOST_ARRAYS];

static void release_all(void)
{
	unsigned int i;

	for (i = 0; i < MOST_ARRAYS && held[i]; i++)
		WARN_ON(tdx_page_array_release(held[i]));
}

static int hold(unsigned int index)
{
	struct tdx_page_array *array = tdx_page_array_create_node(pages, TDX_PAGE_ARRAY_ANY_NODE,
								  flags);
	int written;

	if (IS_ERR(array))
		return PTR_ERR(array);
	held[index] = array;
	written = tdx_page_array_populate(array, 0);
	return written < 0 ? written : 0;
}

static int __init tdx_array_holder_init(void)
{
	int error = arrays <= MOST_ARRAYS ? 0 : -EINVAL;
	unsigned int i;

	for (i = 0; i < arrays && !error; i++)
		error = hold(i);
	if (error)
		release_all();
	return error;
}

static void __exit tdx_array_holder_exit(void)
{
	release_all();
}

module_init(tdx_array_holder_init);
module_exit(tdx_array_holder_exit);

MODULE_DESCRIPTION("Holds arrays of tdx_page_array while it is loaded");
