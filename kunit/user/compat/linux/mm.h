/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H
#include <linux/slab.h>
#include "machine.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL

typedef u64 phys_addr_t;

static inline struct page *alloc_pages(int gfp, unsigned int order)
{
	return machine_alloc(order, -1);
}
#define alloc_page(gfp)		  alloc_pages(gfp, 0)
#define __free_pages(page, order) machine_put(page, order)
#define __free_page(page)	  machine_put(page, 0)
#define page_count(page)	  ((int)machine_references(page))
#define split_page(page, order)	  machine_split(page, order)
#define page_to_pfn(page)	  machine_pfn(page)
#define page_to_phys(page)	  (machine_pfn(page) << PAGE_SHIFT)
#define page_address(page)	  machine_address(machine_pfn(page))

#define MAX_PAGE_ORDER MACHINE_MAX_ORDER
#define MAX_NUMNODES   1024

static inline void *phys_to_virt(phys_addr_t hpa)
{
	return (char *)machine_address(hpa >> PAGE_SHIFT) + hpa % PAGE_SIZE;
}

struct folio {
	struct page page;
};

static inline struct folio *folio_alloc(int gfp, unsigned int order)
{
	struct page *head = machine_alloc(order, -1);

	if (head)
		machine_make_folio(head);
	return (struct folio *)head;
}
#define folio_page(folio, n)   (&(folio)->page + (n))
#define folio_ref_count(folio) page_count(&(folio)->page)
#define folio_put(folio)       machine_put(&(folio)->page, 0)

#endif
