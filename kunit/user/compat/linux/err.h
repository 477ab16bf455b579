/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMPAT_LINUX_ERR_H
#define COMPAT_LINUX_ERR_H
#include <linux/kernel.h>

#define MAX_ERRNO	 4095
#define ERR_PTR(error)	 ((void *)(long)(error))
#define PTR_ERR(pointer) ((long)(pointer))

static inline bool IS_ERR(const void *pointer)
{
	return (unsigned long)pointer >= (unsigned long)-MAX_ERRNO;
}

static inline bool IS_ERR_OR_NULL(const void *pointer)
{
	return !pointer || IS_ERR(pointer);
}
#endif
