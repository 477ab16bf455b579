// SPDX-License-Identifier: GPL-2.0
/* Memory for descriptors and records. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "interface.h"

void *tdx_shim_alloc(u64 bytes)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	void *memory = kvzalloc(bytes, gfp);

	/*
	 * No OOM killer for a descriptor. What fits in one page is not tried with single pages by
	 * kvzalloc(), but its slab may want several.
	 */
	return memory ?: __vmalloc(bytes, gfp | __GFP_ZERO);
}

void *tdx_shim_alloc_record(u64 bytes)
{
	return kzalloc(bytes, GFP_KERNEL | __GFP_NOFAIL);
}

void tdx_shim_free(void *memory)
{
	kvfree(memory);
}
