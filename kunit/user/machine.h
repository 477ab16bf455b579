/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine in user space: physical memory on two nodes, and its page allocator. It replaces what the
 * shim gets from a real kernel.
 */
#ifndef USER_MACHINE_H
#define USER_MACHINE_H

#include <stdbool.h>

#include "interface.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MACHINE_MAX_ORDER 10
#define MACHINE_NODES	  2
/* At 1G: a TDMR begins at a multiple of it. */
#define MACHINE_FIRST_PFN 0x40000

/* What the page allocator knows of one 4K page. */
struct page {
	unsigned int references; /* of the head of a block, or of a single page */
	unsigned char order;	 /* of the block that begins here */
	bool taken;
	bool tail;	    /* of a block: freed with its head */
	struct page *folio; /* the head, if the block is a folio: it has the count */
};

/* Memory of @pages pages, half on each node; once per process, before anything else. */
void machine_start(u64 pages);

/* After a fork: new memory, not shared with the parent. */
void machine_own_memory(void);

extern struct page *machine_pages;
extern u64 machine_page_count;

/* One block, or NULL when there is none left on @node (or anywhere: -1). */
struct page *machine_alloc(u32 order, int node);

/* Takes free single pages from index @first on; returns the first frame. */
u64 machine_take_range(u64 first, u64 count);

/* Drops one reference; the last one frees the block, and the judge is told. */
void machine_put(struct page *page, u32 order);
void machine_get(struct page *page);
/* Called for each block that is freed, if set. */
extern void (*machine_on_free)(void *unused, struct page *page, unsigned int order);

u32 machine_references(const struct page *page);

/* Makes a folio of a block, so that references to each of its pages can be taken. */
void machine_make_folio(struct page *head);
void machine_split(struct page *page, u32 order);
int machine_node_of(u64 pfn);
u64 machine_free_pages(void);

void *machine_address(u64 pfn);
u64 machine_pfn_of(const void *address);
struct page *machine_page(u64 pfn);
u64 machine_pfn(const struct page *page);

/* Maps scattered pages to contiguous addresses, and unmaps them. */
void *machine_map(struct page **pages, u32 count);
void machine_unmap(void *address);

/* The number of mappings. */
u64 machine_mappings(void);

/*
 * @successes allocations succeed, then one fails; ~0: none fails. Counts pages, ranges,
 * mappings and memory for descriptors, but not records, whose allocation cannot fail.
 */
void machine_fail_allocation_after(u64 successes);
u64 machine_allocations(void);

/* Called before each allocation, if set; true: it fails. */
extern bool (*machine_choose_failure)(void);

/* All memory is free again; nothing of it may be mapped. */
void machine_reset(void);

/* All memory is free again, and there are @pages pages: at most as many as at the start. */
void machine_reset_to(u64 pages);

/* True if the allocation that follows has to fail. Counts one allocation. */
bool machine_allocation_fails(void);

#ifdef __cplusplus
}
#endif

#endif
