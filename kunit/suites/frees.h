/* SPDX-License-Identifier: GPL-2.0 */
/* Records which blocks a test gives back to the page allocator. */
#ifndef TDX_PAGE_ARRAY_FREES_H
#define TDX_PAGE_ARRAY_FREES_H

#include "harness.h"

/* Starts recording every block that the calling task frees, until the test ends. */
void record_frees(struct kunit *test);

/* Clears the record. */
void record_frees_again(void);

/* The number of freed blocks of @order within @pages pages from @first_hpa on. */
unsigned int blocks_freed(struct kunit *test, u64 first_hpa, u64 pages, unsigned int order);

/* The number of freed pages there, in blocks of any order. */
u64 pages_freed(struct kunit *test, u64 first_hpa, u64 pages);

#endif
