/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The initialisation of the TDX module, step by step, in the order of arch/x86/virt/vmx/tdx/tdx.c:
 * memory, TDMRs, PAMTs, and the SEAMCALLs. For suites that vary these steps.
 */
#ifndef TDX_PAGE_ARRAY_START_H
#define TDX_PAGE_ARRAY_START_H

#include "raw.h"
#include "../seam/seam_platform.h"

#define START_TDMRS	  2
#define START_TDMR_SIZE	  (1ULL << 30)
#define START_PAMT_4K	  (START_TDMR_SIZE / PAGE_SIZE * 16)
#define START_PAMT_2M	  (START_TDMR_SIZE / PAGE_SIZE / 512 * 16)
#define START_TDMR_STRIDE 512

/* TDMR_INFO, which SYS.CONFIG reads: struct tdmr_info of Linux, with 16 reserved areas. */
struct start_tdmr {
	u64 base, size;
	u64 pamt_1g_base, pamt_1g_size;
	u64 pamt_2m_base, pamt_2m_size;
	u64 pamt_4k_base, pamt_4k_size;
	struct {
		u64 offset, size;
	} reserved[SEAM_MAX_RESERVED];
};

/*
 * Two TDMRs of 1G: the first one contains @page, and begins with memory that is not convertible; the
 * second one follows it, and is completely reserved.
 */
struct start {
	u64 base;			 /* of the first TDMR */
	struct page *page;		 /* a page for the test's use */
	struct page *list;		 /* 512 addresses of TDMRs */
	struct page *infos;		 /* the TDMRs */
	struct page *pamt[START_TDMRS];	 /* 4K entries */
	struct page *upper[START_TDMRS]; /* 2M and 1G entries */
};

static inline u64 *start_list(const struct start *start)
{
	return page_address(start->list);
}

static inline struct start_tdmr *start_tdmr(const struct start *start, unsigned int index)
{
	return page_address(start->infos) + index * START_TDMR_STRIDE;
}

/* Power-on, and TDMRs that SYS.CONFIG accepts. Their memory is freed after the test. */
#define START_PLAIN (1ULL << 20)
void start_prepare(struct kunit *test, struct start *start);

/* SYS.INIT, and LP.INIT on every CPU. */
void start_init(struct kunit *test);

/* SYS.CONFIG of the first @tdmrs; @key is a KeyID. */
u64 start_config(const struct start *start, unsigned int tdmrs, u64 key);

/* TDMR.INIT until the TDMR is initialised; returns how many calls that took. */
unsigned int start_tdmr_init(struct kunit *test, u64 base);

/* The page type from RDMD, or ~0 if RDMD fails. */
u64 start_page_type(u64 hpa);

/* Exit callback of suites that start the module: makes it ready again. */
void start_exit(struct kunit *test);

#endif
