/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the calling task takes from the page allocator, which slabs come from as well, and from slabs, and does not give back.
 */
#ifndef TDX_PAGE_ARRAY_ALLOCATIONS_H
#define TDX_PAGE_ARRAY_ALLOCATIONS_H

#include <linux/types.h>

struct allocations {
	s64 pages;
	s64 asked;     /* bytes of objects of slabs */
	bool complete; /* there were not too many objects to know them again */
};

/* Returns 0 or a negative errno. */
int allocations_attach(void);
void allocations_detach(void *unused);

/* From the one to the other. */
void allocations_begin_watch(void);
struct allocations allocations_end_watch(void);

#endif
