/* SPDX-License-Identifier: GPL-2.0 */
/* An array of the second posted version: only its page handling. */
#ifndef TDX_PAGE_ARRAY_BENCH_POSTED_H
#define TDX_PAGE_ARRAY_BENCH_POSTED_H

#include <linux/types.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define alloc_pages_bulk alloc_pages_bulk_array
#endif

struct cost;

struct posted_array {
	unsigned int pages;
	unsigned int offset;
	unsigned int entries;
	struct page **handles;
	u64 *list;
};

/* NULL if there is not enough memory. */
struct posted_array *posted_create(unsigned int pages);
void posted_free(struct posted_array *array);

/* The cost of an IOMMU's metadata from creation to release; @keyid is shifted to its address bits. */
int posted_iommu_lifecycle(unsigned int entries, u64 reg_base, u64 keyid, struct cost *lifecycle);

#endif
