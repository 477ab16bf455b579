/* SPDX-License-Identifier: GPL-2.0 */
/* An array of the second posted version, as far as it is about pages alone. */
#ifndef TDX_PAGE_ARRAY_BENCH_POSTED_H
#define TDX_PAGE_ARRAY_BENCH_POSTED_H

#include <linux/types.h>

struct posted_array {
	unsigned int pages;
	unsigned int offset;
	unsigned int entries;
	struct page **handles;
	u64 *list;
};

/* NULL when there is no memory. */
struct posted_array *posted_create(unsigned int pages);
void posted_free(struct posted_array *array);

#endif
