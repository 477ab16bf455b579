/* SPDX-License-Identifier: GPL-2.0 */
/* What a test gives back to the page allocator, block by block. */
#ifndef TDX_PAGE_ARRAY_FREES_H
#define TDX_PAGE_ARRAY_FREES_H

#include "harness.h"

/* Records, from now on until the test ends, every block that the calling task frees. */
void record_frees(struct kunit *test);

/* Forgets what was recorded so far. */
void record_frees_again(void);

/* How many blocks of @order were freed that lie in @pages pages from @first_hpa on. */
unsigned int blocks_freed(struct kunit *test, u64 first_hpa, u64 pages, unsigned int order);

/* And how many pages, in blocks of any order. */
u64 pages_freed(struct kunit *test, u64 first_hpa, u64 pages);

#endif
