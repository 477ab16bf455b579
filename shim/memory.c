// SPDX-License-Identifier: GPL-2.0
/* Memory for descriptors and records. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "interface.h"

void *tdx_shim_alloc(u64 bytes)
{
	return kvzalloc(bytes, GFP_KERNEL);
}

void *tdx_shim_alloc_record(u64 bytes)
{
	return kzalloc(bytes, GFP_KERNEL | __GFP_NOFAIL);
}

void tdx_shim_free(void *memory)
{
	kvfree(memory);
}
