// SPDX-License-Identifier: GPL-2.0
/* Memory for descriptors, records and lists. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/page.h>

#include "interface.h"

/* No OOM killer for a descriptor. */
#define DESCRIPTOR (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

void *tdx_shim_alloc(u64 bytes)
{
	/* No page is moved for a descriptor that is larger than a page. */
	void *memory = bytes <= PAGE_SIZE ? kmalloc(bytes, DESCRIPTOR) : NULL;

	/* A slab may want several pages side by side, too. */
	return memory ?: __vmalloc(bytes, DESCRIPTOR);
}

void *tdx_shim_alloc_record(u64 bytes)
{
	return kmalloc(bytes, GFP_KERNEL | __GFP_NOFAIL);
}

void tdx_shim_free(void *memory)
{
	kvfree(memory);
}

u64 tdx_shim_alloc_list_page(void)
{
	/* Slabs give and take a page with half the work of the page allocator, and aligned. */
	void *list = kmalloc(PAGE_SIZE, DESCRIPTOR);

	return list ? PHYS_PFN(virt_to_phys(list)) : 0;
}

void tdx_shim_free_list_page(u64 pfn)
{
	kfree(pfn_to_kaddr(pfn));
}
