/* SPDX-License-Identifier: GPL-2.0 */
/* SEAMCALLs of the suites themselves, for leaves or operands that the core does not issue. */
#ifndef TDX_PAGE_ARRAY_RAW_H
#define TDX_PAGE_ARRAY_RAW_H

#include "harness.h"
#include "interface.h"

#define MAX_RAW_PAGES 2

/* Pages of a test, and a list page with their addresses; all freed by raw_free(). */
struct raw_pages {
	struct page *pages[MAX_RAW_PAGES];
	unsigned int count;
	struct page *list;
};

void raw_alloc(struct kunit *test, struct raw_pages *raw, unsigned int count);

/* Hands a page over as a session of one page. */
struct page *raw_hand_over(struct kunit *test, u64 *session);
void raw_take_back(struct kunit *test, u64 session);

/* A page that the module has released: it has dirty lines of the global KeyID. */
struct page *raw_dirty_page(struct kunit *test);

/* Flushes the host's own lines of a page, for a TDX module that requires it. */
void raw_flush(struct page *page);

/* Writes back a page with lines of @hkid, which must succeed, converts it on a CPU with the erratum, and frees it. */
void raw_free_page(struct kunit *test, struct page *page, u16 hkid);

/* Frees every page, whose lines have the global KeyID, and the list page. */
void raw_free(struct kunit *test, struct raw_pages *raw);

static inline u64 raw_hpa(const struct raw_pages *raw, unsigned int index)
{
	return page_to_phys(raw->pages[index]);
}

static inline u64 *raw_list(const struct raw_pages *raw)
{
	return page_address(raw->list);
}

/* All registers in and out; @leaf may have a version in bits 23:16. */
static inline u64 raw_call(u64 leaf, struct tdx_shim_registers *registers)
{
	return tdx_shim_seamcall(leaf, registers, registers, false);
}

/* A leaf with only RCX and RDX, without outputs. */
static inline u64 raw_leaf(u64 leaf, u64 rcx, u64 rdx)
{
	struct tdx_shim_registers registers = {.rcx = rcx, .rdx = rdx};

	return raw_call(leaf, &registers);
}

/* The same on another CPU. */
u64 raw_call_on(unsigned int cpu, u64 leaf, struct tdx_shim_registers *registers);
u64 raw_leaf_on(unsigned int cpu, u64 leaf, u64 rcx, u64 rdx);

/*
 * TDH.PHYMEM.CACHE.WB, resumed while it is interrupted, as KVM does. The core has no function for it:
 * calls by a driver would make KVM's call BUSY.
 */
u64 raw_cache_wb(void);

#endif
