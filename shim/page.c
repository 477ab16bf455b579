// SPDX-License-Identifier: GPL-2.0
/* Pages: blocks of the page allocator, addresses, cache flush, contiguous mappings. */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#include <asm/cacheflush.h>
#include <asm/pgtable.h>
#include <asm/special_insns.h>

#include "interface.h"
#include "parts.h"

u32 tdx_shim_first_broken(u64 first_pfn, u32 pages)
{
	u32 i;

	for (i = 0; IS_ENABLED(CONFIG_MEMORY_FAILURE) && i < pages; i++)
		if (PageHWPoison(pfn_to_page(first_pfn + i)))
			return i;
	return pages;
}

u64 tdx_shim_total_pages(void)
{
	return totalram_pages();
}

u32 tdx_shim_max_block_order(void)
{
#ifdef MAX_PAGE_ORDER
	return MAX_PAGE_ORDER;
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	return MAX_ORDER - 1;
#else
	return MAX_ORDER; /* which is the largest one since then */
#endif
}

bool tdx_shim_node_has_memory(s32 node)
{
	return node >= 0 && node < MAX_NUMNODES && node_state(node, N_MEMORY);
}

static_assert(MAX_NUMNODES <= TDX_SHIM_MAX_NODES);

s32 tdx_shim_node_of(u64 pfn)
{
	return page_to_nid(pfn_to_page(pfn));
}

static gfp_t gfp_of(u32 flags)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	/* Without reclaim kswapd is not woken for a block that is not there, either. */
	if (flags & TDX_SHIM_WITH_EFFORT)
		gfp |= __GFP_RETRY_MAYFAIL;
	else
		gfp = (gfp & ~__GFP_RECLAIM) | __GFP_NORETRY;
	if (flags & TDX_SHIM_ACCOUNT)
		gfp |= __GFP_ACCOUNT;
	if (flags & TDX_SHIM_ONLY_THIS_NODE)
		gfp |= __GFP_THISNODE;
	return gfp;
}

u64 tdx_shim_alloc_block(u32 order, s32 node, u32 flags)
{
	const gfp_t gfp = gfp_of(flags);
	struct page *page;

	if (node == TDX_SHIM_ANY_NODE)
		page = alloc_pages(gfp, order);
	else
		page = alloc_pages_node(node, gfp, order);
	return page ? page_to_pfn(page) : 0;
}

/* The page allocator's bulk functions take a node and ignore the memory policy of the task. */
static bool may_take_in_bulk(s32 node)
{
#ifdef CONFIG_NUMA
	return node != TDX_SHIM_ANY_NODE || !current->mempolicy;
#else
	return true;
#endif
}

u32 tdx_shim_alloc_pages(u64 *pfns, u32 count, s32 node, u32 flags)
{
	const int nid = node == TDX_SHIM_ANY_NODE ? numa_mem_id() : node;
	/* The page allocator fills entries that are NULL; each is a pfn a moment later. */
	struct page **pages = (struct page **)pfns;
	u32 i, taken;

	static_assert(sizeof(*pages) == sizeof(*pfns));
	/* For a single page, bulk allocation costs more. */
	if (count == 1 || !may_take_in_bulk(node)) {
		for (i = 0; i < count; i++) {
			pfns[i] = tdx_shim_alloc_block(0, may_take_in_bulk(node) ? nid : node,
						       flags);
			if (!pfns[i])
				break;
		}
		return i;
	}
	memset(pages, 0, count * sizeof(*pages));
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
	taken = alloc_pages_bulk_array_node(gfp_of(flags), nid, count, pages);
#else
	taken = alloc_pages_bulk_node(gfp_of(flags), nid, count, pages);
#endif
	for (i = 0; i < taken; i++)
		pfns[i] = page_to_pfn(pages[i]);
	return taken;
}

u64 tdx_shim_alloc_range(u64 pages, s32 node)
{
/* Not exported by older kernels. */
#if defined(CONFIG_CONTIG_ALLOC) && LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	const int nid = node == TDX_SHIM_ANY_NODE ? numa_mem_id() : node;
	struct page *page = alloc_contig_pages(pages, GFP_KERNEL | __GFP_NOWARN, nid,
					       &node_states[N_MEMORY]);

	return page ? page_to_pfn(page) : 0;
#else
	return 0;
#endif
}

void tdx_shim_free_block(u64 first_pfn, u32 order)
{
	__free_pages(pfn_to_page(first_pfn), order);
}

void tdx_shim_split_block(u64 first_pfn, u32 order)
{
	split_page(pfn_to_page(first_pfn), order);
}

u64 tdx_shim_pfn(const struct page *page)
{
	return page_to_pfn(page);
}

static bool is_movable(struct page *page)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
	return page_zonenum(page) == ZONE_MOVABLE || __PageMovable(page);
#else
	return page_zonenum(page) == ZONE_MOVABLE || page_has_movable_ops(page);
#endif
}

static bool has_direct_map(struct page *page)
{
	unsigned int level;
	const pte_t *entry = lookup_address((unsigned long)page_address(page), &level);

	return entry && pte_flags(*entry) & _PAGE_PRESENT;
}

const char *tdx_shim_unfit(u64 pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct folio *folio = page_folio(page);

	/* On newer kernels these have no reference count, either. */
	if (folio_test_slab(folio))
		return "is a page of slab";
	/* A tail of a block that is no folio has none: only its head is counted. */
	if (!page_count(page))
		return "has no reference count of its own";
	if (is_movable(page))
		return "is movable";
	if (folio_test_anon(folio))
		return "is anonymous memory of a process";
	if (folio_test_lru(folio) || folio->mapping)
		return "is a page of a file, or on an LRU list";
	if (folio_mapped(folio))
		return "is mapped to user space";
	if (PageHWPoison(page))
		return "has a hardware error";
	if (!has_direct_map(page))
		return "is not in the direct map";
	return NULL;
}

/* Page frame numbers of adopted pages. */
static DEFINE_XARRAY(adopted);

s32 tdx_shim_adopt_page(u64 pfn)
{
	return xa_insert(&adopted, pfn, xa_mk_value(0), GFP_KERNEL);
}

void tdx_shim_disown_page(u64 pfn)
{
	xa_erase(&adopted, pfn);
}

/* What is left are marks of pages that the TDX module keeps or that are in quarantine. */
void tdx_pages_stop(void)
{
	xa_destroy(&adopted);
}

void tdx_shim_hold_page(u64 pfn)
{
	get_page(pfn_to_page(pfn));
}

void tdx_shim_drop_page(u64 pfn)
{
	tdx_shim_disown_page(pfn);
	put_page(pfn_to_page(pfn));
}

void tdx_shim_convert_page(u64 pfn)
{
	const void *zeroes = page_address(ZERO_PAGE(0));
	char *line = pfn_to_kaddr(pfn);
	char *end = line + PAGE_SIZE;

	for (; line < end; line += 64)
		movdir64b(line, zeroes);
	/* MOVDIR64B is weakly ordered: no later write to the page may overtake it. */
	mb();
}

void tdx_shim_flush_page(u64 pfn)
{
	clflush_cache_range(pfn_to_kaddr(pfn), PAGE_SIZE);
}

void *tdx_shim_page_address(u64 pfn)
{
	return pfn_to_kaddr(pfn);
}

struct page *tdx_shim_page(u64 pfn)
{
	return pfn_to_page(pfn);
}

void *tdx_shim_vmap(struct page **pages, u32 count)
{
	return vmap(pages, count, VM_MAP, PAGE_KERNEL);
}

void tdx_shim_vunmap(void *address)
{
	vunmap(address);
}
