// SPDX-License-Identifier: GPL-2.0
/* Pages: blocks of the page allocator, addresses, cache flush, contiguous mappings. */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmalloc.h>
#include <asm/cacheflush.h>

#include "interface.h"

u64 tdx_shim_total_pages(void)
{
	return totalram_pages();
}

u32 tdx_shim_max_block_order(void)
{
#ifdef MAX_PAGE_ORDER
	return MAX_PAGE_ORDER;
#else
	return MAX_ORDER - 1;
#endif
}

u64 tdx_shim_alloc_block(u32 order, s32 node)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	struct page *page;

	/*
	 * Single pages may reclaim, but never call the OOM killer: an array too large for this
	 * machine fails instead.
	 */
	if (order)
		gfp = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NORETRY;
	else
		gfp |= __GFP_RETRY_MAYFAIL;

	if (node == TDX_SHIM_ANY_NODE)
		page = alloc_pages(gfp, order);
	else
		page = alloc_pages_node(node, gfp, order);
	return page ? page_to_pfn(page) : 0;
}

void tdx_shim_free_block(u64 first_pfn, u32 order)
{
	__free_pages(pfn_to_page(first_pfn), order);
}

void tdx_shim_split_block(u64 first_pfn, u32 order)
{
	split_page(pfn_to_page(first_pfn), order);
}

void tdx_shim_flush_page(u64 pfn)
{
	clflush_cache_range(pfn_to_kaddr(pfn), PAGE_SIZE);
}

void *tdx_shim_page_address(u64 pfn)
{
	return pfn_to_kaddr(pfn);
}

void *tdx_shim_page(u64 pfn)
{
	return pfn_to_page(pfn);
}

void *tdx_shim_vmap(void **pages, u32 count)
{
	return vmap((struct page **)pages, count, VM_MAP, PAGE_KERNEL);
}

void tdx_shim_vunmap(void *address)
{
	vunmap(address);
}
