/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table of pointers: as much of an XArray as suites use. Indexes are frames of the machine or IDs:
 * a small range, which may begin anywhere.
 */
#ifndef COMPAT_LINUX_XARRAY_H
#define COMPAT_LINUX_XARRAY_H
#include <linux/kernel.h>

struct xarray {
	void *entries[40 * 1024];
};

#define XA_ZERO_ENTRY	  ((void *)1)
#define xa_init(table)	  memset(table, 0, sizeof(*(table)))
#define xa_destroy(table) xa_init(table)

static inline void **xa_entry(struct xarray *table, unsigned long index)
{
	return &table->entries[index % ARRAY_SIZE(table->entries)];
}

static inline int xa_insert(struct xarray *table, unsigned long index, void *entry, int gfp)
{
	if (*xa_entry(table, index))
		return -EBUSY;
	*xa_entry(table, index) = entry;
	return 0;
}

static inline void *xa_erase(struct xarray *table, unsigned long index)
{
	void *entry = *xa_entry(table, index);

	*xa_entry(table, index) = NULL;
	return entry;
}

static inline bool xa_empty(struct xarray *table)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table->entries); i++)
		if (table->entries[i])
			return false;
	return true;
}
#endif
