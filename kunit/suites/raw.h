/* SPDX-License-Identifier: GPL-2.0 */
/* SEAMCALLs of the suites' own, for leaves that the core does not issue or would not issue so. */
#ifndef TDX_PAGE_ARRAY_RAW_H
#define TDX_PAGE_ARRAY_RAW_H

#include "harness.h"
#include "interface.h"

#define MAX_RAW_PAGES 40

/* Pages of a test and the list page that names them; all freed by raw_free(). */
struct raw_pages {
	struct page *pages[MAX_RAW_PAGES];
	unsigned int count;
	struct page *list;
};

void raw_alloc(struct kunit *test, struct raw_pages *raw, unsigned int count);

/* A page for a session of one page, and the session that has it. */
struct page *raw_lend(struct kunit *test, u64 *session);
void raw_take_back(struct kunit *test, u64 session);

/* A page that the module had and gave back: lines of its KeyID are dirty. */
struct page *raw_dirty_page(struct kunit *test);

/* The page allocator gives what was freed last, unless somebody else was quicker: false then. */
bool raw_allocate_again(struct page *wanted);

/* Writes back the host's own lines of a page: for a TDX module that takes none with such lines. */
void raw_flush(struct page *page);

/* Writes all lines of a page with MOVDIR64B. */
void raw_convert(struct page *page);

/* Frees a page whose lines were written back in another way: converts it if need be. */
void raw_free_clean_page(struct page *page);

/* Writes back the page's lines of @hkid, which must be possible, and converts it if need be. */
void raw_make_safe(struct kunit *test, struct page *page, u16 hkid);
void raw_free_page(struct kunit *test, struct page *page, u16 hkid);

/* The same for every page, and the list. */
void raw_free(struct kunit *test, struct raw_pages *raw, u16 hkid);

static inline u64 raw_hpa(const struct raw_pages *raw, unsigned int index)
{
	return page_to_phys(raw->pages[index]);
}

static inline u64 *raw_list(const struct raw_pages *raw)
{
	return page_address(raw->list);
}

/* The word that names the whole list, an HPA_ARRAY_T. */
u64 raw_array(const struct raw_pages *raw);

/* Fills the list page with all ones, so that no answer stands there already. */
void raw_poison(struct raw_pages *raw);

/* All registers in and out; @leaf may have a version in bits 23:16. */
static inline u64 raw_call(u64 leaf, struct tdx_shim_registers *registers)
{
	return tdx_shim_seamcall(leaf, registers, registers, false);
}

/* The same on another CPU. */
u64 raw_call_on(unsigned int cpu, u64 leaf, struct tdx_shim_registers *registers);

/*
 * TDH.PHYMEM.CACHE.WB, resumed as long as it is interrupted, as KVM does it: the core has no function for
 * it, because a driver that called it would make KVM's own call BUSY.
 */
u64 raw_cache_wb(void);

/* With RCX and RDX alone, and no outputs. */
u64 raw_leaf_on(unsigned int cpu, u64 leaf, u64 rcx, u64 rdx);

#endif
